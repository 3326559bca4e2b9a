// Where the characters of a YAML scalar stand in the text of the document.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"

namespace headrace::pipeline {

// Skips anchors and tags ("&name !tag ") at `offset`: returns where the node itself begins.
size_t SkipProperties(std::string_view text, size_t offset);

// Returns for each byte of `value` its offset in `text`, and one more for the end; none where the
// scalar that begins at `offset` (quote, block indicator or first character) is written with
// escapes that hide the characters.
//
// All styles of YAML only change white space between characters (YAML 1.2.2, chapters 7.3, 8.1),
// but for escapes. So the two texts are walked side by side, over white space at liberty.
std::optional<std::vector<size_t>> AlignScalar(std::string_view text, size_t offset,
                                               std::string_view value);

// Whether the scalar at `offset` opens a quote that the text never closes.
bool EndsInQuote(std::string_view text, size_t offset, std::string_view value);

// The span of the scalar at `offset` on its first line.
Span ScalarSpan(std::string_view text, size_t offset, std::string_view value);

}  // namespace headrace::pipeline
