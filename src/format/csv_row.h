// Rows of CSV (RFC 4180): where one ends, and what its fields are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/pipeline.h"

namespace headrace::format {

// Finds the line break that ends the row that bytes begin with. It remembers how far it looked, so
// that bytes that come piece by piece are looked at once.
class CsvRowEnd {
 public:
  explicit CsvRowEnd(const pipeline::CsvFormat& format)
      : delimiter_(format.delimiter[0]), quote_(format.quote[0]), multiline_(format.multiline) {}

  // Returns the place of the line break, npos where it isn't there yet. `bytes` are those of the
  // last call and more; after a find the next row begins.
  size_t Find(std::string_view bytes);

 private:
  enum class State { kFieldStart, kPlain, kQuoted, kAfterQuote };
  char delimiter_;
  char quote_;
  bool multiline_;
  size_t scanned_ = 0;
  State state_ = State::kFieldStart;
};

struct CsvField {
  std::string_view text;  // without its quotes
  bool quoted = false;
};

// Splits rows into fields. Not thread-safe; keeps its buffers between calls.
class CsvRowSplitter {
 public:
  explicit CsvRowSplitter(const pipeline::CsvFormat& format)
      : delimiter_(format.delimiter[0]), quote_(format.quote[0]) {}

  // Returns whether `row` (without its line break) is well-formed: then fields() are its fields,
  // valid until the next call and as long as `row`; otherwise reason() says why not.
  bool Split(std::string_view row);

  const std::vector<CsvField>& fields() const { return fields_; }
  const std::string& reason() const { return reason_; }

 private:
  bool ReadQuoted(std::string_view row, size_t* at);

  const char delimiter_;
  const char quote_;
  std::vector<CsvField> fields_;
  std::string unquoted_;  // of fields with doubled quotes
  std::string reason_;
};

}  // namespace headrace::format
