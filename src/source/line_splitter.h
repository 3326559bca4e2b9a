// A LineSplitter finds the records in the bytes of a file that is read piece by piece: lines, or
// rows of CSV whose fields may hold line breaks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "format/csv_row.h"

namespace headrace::source {

// Not thread-safe.
class LineSplitter {
 public:
  // `offset` is where in the file the first bytes come from, `csv` how rows are quoted.
  LineSplitter(int64_t offset, const pipeline::CsvFormat& csv) : offset_(offset), row_end_(csv) {}

  void Add(std::string_view bytes) {
    buffer_.erase(0, begin_);
    begin_ = 0;
    buffer_ += bytes;
  }

  // Returns the next record whose end is there, without its line break; valid until Add().
  std::optional<std::string_view> Next() {
    const std::string_view rest = Rest();
    const size_t end = row_end_.Find(rest);
    if (end == std::string_view::npos) return std::nullopt;
    begin_ += end + 1;
    offset_ += static_cast<int64_t>(end) + 1;
    return Line(rest.substr(0, end));
  }

  // Takes what is left as a record.
  std::string_view TakeRest() {
    const std::string_view rest = Rest();
    begin_ = buffer_.size();
    offset_ += std::ssize(rest);
    return Line(rest);
  }

  // What no line break ends yet.
  std::string_view Rest() const { return std::string_view(buffer_).substr(begin_); }

  // Where in the file the record after the last one begins.
  int64_t offset() const { return offset_; }

 private:
  static std::string_view Line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  int64_t offset_;
  format::CsvRowEnd row_end_;
  std::string buffer_;
  size_t begin_ = 0;
};

}  // namespace headrace::source
