#include "pipeline/scalar_place.h"

#include <algorithm>

namespace headrace::pipeline {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool IsBlockIndicator(char c) { return c == '|' || c == '>'; }

size_t EndOfLine(std::string_view text, size_t offset) {
  return std::min(text.find('\n', offset), text.size());
}

// The first byte of the content, after a quote or the header line of a block.
size_t ContentStart(std::string_view text, size_t offset) {
  if (offset >= text.size()) return text.size();
  if (text[offset] == '"' || text[offset] == '\'') return offset + 1;
  if (IsBlockIndicator(text[offset])) return std::min(EndOfLine(text, offset) + 1, text.size());
  return offset;
}

// The white space that a double-quoted scalar writes as an escape.
bool IsEscapedSpace(std::string_view text, size_t at) {
  return at + 1 < text.size() && text[at] == '\\' &&
         (text[at + 1] == 'n' || text[at + 1] == 't' || text[at + 1] == 'r' ||
          IsSpace(text[at + 1]));
}

}  // namespace

size_t SkipProperties(std::string_view text, size_t offset) {
  while (offset < text.size() && (text[offset] == '&' || text[offset] == '!')) {
    while (offset < text.size() && !IsSpace(text[offset])) ++offset;
    while (offset < text.size() && IsSpace(text[offset])) ++offset;
  }
  return offset;
}

std::optional<std::vector<size_t>> AlignScalar(std::string_view text, size_t offset,
                                               std::string_view value) {
  const char quote = offset < text.size() ? text[offset] : '\0';
  std::vector<size_t> places;
  places.reserve(value.size() + 1);
  size_t at = ContentStart(text, offset);
  size_t next = at;  // after the last character that was found
  for (const char c : value) {
    if (IsSpace(c)) {
      places.push_back(next++);
      continue;
    }
    while (at < text.size()) {
      if (IsSpace(text[at])) {
        ++at;
      } else if (quote == '"' && IsEscapedSpace(text, at)) {
        at += 2;
      } else {
        break;
      }
    }
    const bool escaped = at + 1 < text.size() && ((quote == '\'' && c == '\'') ||
                                                  (quote == '"' && (c == '"' || c == '\\')));
    if (escaped) ++at;
    if (at >= text.size() || text[at] != c) return std::nullopt;
    places.push_back(at++);
    next = at;
  }
  places.push_back(next);
  for (size_t& place : places) place = std::min(place, text.size());
  return places;
}

bool EndsInQuote(std::string_view text, size_t offset, std::string_view value) {
  if (offset >= text.size() || (text[offset] != '"' && text[offset] != '\'')) return false;
  const auto places = AlignScalar(text, offset, value);
  return places && text.find(text[offset], places->back()) == std::string_view::npos;
}

Span ScalarSpan(std::string_view text, size_t offset, std::string_view value) {
  if (offset >= text.size()) return {text.size(), 0};
  if (IsBlockIndicator(text[offset])) return {offset, 1};
  const size_t line_end = EndOfLine(text, offset);
  const bool quoted = text[offset] == '"' || text[offset] == '\'';
  size_t end = line_end;
  if (const auto places = AlignScalar(text, offset, value))
    end = std::min(line_end, places->back() + (quoted ? 1 : 0));
  return {offset, end - offset};
}

}  // namespace headrace::pipeline
