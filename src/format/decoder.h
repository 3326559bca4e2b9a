// Turns the bytes of records into Arrow batches of a schema. A record that doesn't fit is left out
// and reported; it never stops the others.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace headrace::format {

// A record that doesn't fit the schema.
struct RejectedRecord {
  int64_t index = 0;   // of the record among those decoded
  std::string path;    // where in it, as a JSON Pointer: "/properties/mag"
  std::string reason;  // "expected DOUBLE, found the string 'high'"
};

struct DecodedBatch {
  std::shared_ptr<arrow::RecordBatch> batch;  // rows of the records that fit, in order
  std::vector<int64_t>
      indexes;  // for each row the index of its record; empty where nothing was rejected
  std::vector<RejectedRecord> rejected;
};

// Not thread-safe; keeps its buffers between calls.
class Decoder {
 public:
  virtual ~Decoder() = default;

  // `records` are the values; the bytes need to live only during the call.
  virtual Result<DecodedBatch> Decode(const std::vector<std::string_view>& records) = 0;
};

// JSON objects, one a record. Only the columns of `schema` are read; other members are skipped.
// Members are matched by name, with case; one that is missing or null is null, which is rejected
// where the column is NOT NULL. Values follow Spark's from_json in FAILFAST mode: numbers as they
// are, also in strings where noted in docs; timestamps ISO 8601 (UTC where without a zone);
// decimals from numbers or strings; dates "2026-11-22"; binary as base64.
Result<std::unique_ptr<Decoder>> MakeJsonDecoder(std::shared_ptr<arrow::Schema> schema);

}  // namespace headrace::format
