#include "format/csv_row.h"

#include <algorithm>

namespace headrace::format {

size_t CsvRowEnd::Find(std::string_view bytes) {
  size_t at = scanned_;
  if (!multiline_) {
    at = std::min(bytes.find('\n', at), bytes.size());
  } else {
    for (; at < bytes.size(); ++at) {
      const char c = bytes[at];
      if (state_ == State::kQuoted) {
        if (c == quote_) state_ = State::kAfterQuote;
      } else if (c == '\n') {
        break;
      } else if (c == quote_ && state_ != State::kPlain) {
        state_ = State::kQuoted;
      } else {
        state_ = c == delimiter_ ? State::kFieldStart : State::kPlain;
      }
    }
  }
  if (at == bytes.size()) {
    scanned_ = at;
    return std::string_view::npos;
  }
  scanned_ = 0;
  state_ = State::kFieldStart;
  return at;
}

bool CsvRowSplitter::Split(std::string_view row) {
  fields_.clear();
  unquoted_.clear();
  unquoted_.reserve(row.size());  // so that fields can point into it
  for (size_t at = 0;; ++at) {
    if (at < row.size() && row[at] == quote_) {
      if (!ReadQuoted(row, &at)) return false;
    } else {
      const size_t end = std::min(row.find(delimiter_, at), row.size());
      fields_.push_back({row.substr(at, end - at), false});
      at = end;
    }
    if (at == row.size()) return true;
  }
}

// `*at` is the quote that opens, and in the end the delimiter, or the end of the row.
bool CsvRowSplitter::ReadQuoted(std::string_view row, size_t* at) {
  const size_t opening = *at;
  const size_t kept = unquoted_.size();
  size_t begin = opening + 1;
  while (true) {
    const size_t quote = row.find(quote_, begin);
    if (quote == std::string_view::npos) {
      reason_ = "malformed CSV: the quote at byte " + std::to_string(opening) + " is not closed";
      return false;
    }
    *at = quote + 1;
    if (*at == row.size() || row[*at] == delimiter_) {
      if (unquoted_.size() == kept) {
        fields_.push_back({row.substr(begin, quote - begin), true});
      } else {
        unquoted_ += row.substr(begin, quote - begin);
        fields_.push_back({std::string_view(unquoted_).substr(kept), true});
      }
      return true;
    }
    if (row[*at] != quote_) {
      reason_ = "malformed CSV: text follows the closing quote at byte " + std::to_string(quote);
      return false;
    }
    unquoted_ += row.substr(begin, quote + 1 - begin);
    begin = quote + 2;
  }
}

}  // namespace headrace::format
