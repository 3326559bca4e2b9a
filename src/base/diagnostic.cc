#include "base/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace headrace {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

size_t CountCharacters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); }));
}

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string Render(const Diagnostic& diagnostic, std::string_view file_name,
                   std::string_view text) {
  std::string out;
  if (!diagnostic.span) {
    out = fmt::format("{}: error: {}", file_name, diagnostic.message);
    if (!diagnostic.hint.empty()) out += "\n   " + diagnostic.hint;
    return out;
  }
  const size_t offset = std::min(diagnostic.span->offset, text.size());
  const size_t line_start = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;
  const size_t line_end = std::min(text.find('\n', offset), text.size());
  const auto line =
      1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(line_start), '\n');
  const std::string_view before = text.substr(line_start, offset - line_start);
  const size_t marked = std::min(diagnostic.span->length, line_end - offset);
  const size_t width = std::max<size_t>(1, CountCharacters(text.substr(offset, marked)));
  // Tabs stay tabs in the line of the caret, so that it stands below its place at any tab width.
  std::string indent;
  for (const char c : before) {
    if (!IsContinuation(c)) indent += c == '\t' ? '\t' : ' ';
  }
  out = fmt::format("{}:{}:{}: error: {}\n{:>5} | {}\n{:>5} | {}^{}", file_name, line,
                    CountCharacters(before) + 1, diagnostic.message, line,
                    text.substr(line_start, line_end - line_start), "", indent,
                    std::string(width - 1, '~'));
  if (!diagnostic.hint.empty()) out += "\n   " + diagnostic.hint;
  return out;
}

std::string_view Nearest(std::string_view word, std::span<const std::string> candidates) {
  std::string_view best;
  size_t best_distance = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string HintOfNames(std::string_view what, std::string_view word,
                        std::span<const std::string> names) {
  std::string hint = fmt::format("the {} are: {}", what, fmt::join(names, ", "));
  if (const std::string_view near = Nearest(word, names); !near.empty())
    hint += fmt::format("; did you mean '{}'?", near);
  return hint;
}

}  // namespace headrace
