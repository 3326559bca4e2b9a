// A Diagnostic tells a user what is wrong with a text of his: the place, what was expected and
// found, what to do. It is rendered like a compiler's message:
//
//   quakes.yaml:31:18: error: unknown column 'magnitude' in view 'strong'
//      31 |       WHERE magnitude > 4.5
//         |             ^~~~~~~~~
//      the columns of 'quakes' are: id, time, mag, place; did you mean 'mag'?
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

// A range of bytes in a text.
struct Span {
  size_t offset = 0;
  size_t length = 0;
};

struct Diagnostic {
  std::string
      message;  // lower case, without a full stop: "unknown column 'magnitude' in view 'strong'"
  std::string hint;  // what was expected or what to do; may be empty
  std::optional<Span>
      span;  // bytes of the text that the producer was given; none where there is no place
};

// Renders a diagnostic against the text it speaks of. Lines and columns count from 1, columns in
// UTF-8 characters.
std::string Render(const Diagnostic& diagnostic, std::string_view file_name, std::string_view text);

// Returns the candidate that a user most likely meant by `word` (smallest edit distance, at most a
// third of its length), or an empty view.
std::string_view Nearest(std::string_view word, std::span<const std::string> candidates);

// Renders "the <what> are: a, b, c; did you mean 'b'?" for a hint.
std::string HintOfNames(std::string_view what, std::string_view word,
                        std::span<const std::string> names);

}  // namespace headrace
