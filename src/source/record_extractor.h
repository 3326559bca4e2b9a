// A RecordExtractor takes the records out of a JSON answer: their bytes as they stand, the key of
// each, and what tells its versions apart. Nothing of an answer that is not JSON from its first
// byte to its last is taken.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "source/bad_answer.h"

namespace headrace::source {

struct ExtractedRecord {
  std::string_view json;  // within the body it was taken from
  // The value of a single key column (a string unescaped, anything else as it stands), or a JSON
  // array of several. Empty where the source has no key, or the record lacks a part of it.
  std::string key;
  // The bytes of the `order_by` value; where there is none, a hash of the record (XXH3, 128 bits).
  std::string version;
};

struct Extraction {
  std::vector<ExtractedRecord> records;
  std::string next;  // the string or number at `next_pointer`; empty: missing, null or not asked
};

struct ExtractorOptions {
  std::string records = {};                // JSON Pointer (RFC 6901) to an array or one object
  std::vector<std::string> key = {};       // members of a record; empty: none
  std::vector<std::string> order_by = {};  // path within a record; empty: none
  std::string next_pointer = {};           // JSON Pointer of pagination; empty: none
  std::string subject = "the answer";      // what messages call the text
};

// Not thread-safe.
class RecordExtractor {
 public:
  explicit RecordExtractor(ExtractorOptions options);
  ~RecordExtractor();

  // `body` grows by the padding that simdjson needs; the records point into it.
  std::variant<Extraction, BadAnswer> Extract(std::string* body);

 private:
  struct Parsers;
  void Identify(ExtractedRecord* record, size_t capacity);

  const ExtractorOptions options_;
  const std::unique_ptr<Parsers> parsers_;
};

}  // namespace headrace::source
