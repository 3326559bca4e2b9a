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
#include "pipeline/pipeline.h"

namespace headrace::format {

// A record that doesn't fit the schema.
struct RejectedRecord {
  int64_t index = 0;   // of the record among those decoded
  std::string path;    // where in it, as a JSON Pointer: "/properties/mag"
  std::string reason;  // "expected DOUBLE, found the string 'high'"
};

struct DecodedBatch {
  std::shared_ptr<arrow::RecordBatch> batch;  // rows of the records that fit, in order
  // For each row the index of its record; empty where nothing was rejected.
  std::vector<int64_t> indexes;
  std::vector<RejectedRecord> rejected;
  // Of each row +1, or -1 where the row of its key is gone: then only the key is set. Empty: all
  // +1.
  std::vector<int8_t> weights = {};
};

// Not thread-safe; keeps its buffers between calls.
class Decoder {
 public:
  virtual ~Decoder() = default;

  // `records` are the values; the bytes need to live only during the call.
  //
  // Errors: transient ones where a schema is asked for and doesn't come.
  virtual Result<DecodedBatch> Decode(const std::vector<std::string_view>& records) = 0;
};

// JSON objects, one a record. Only the columns of `schema` are read; of other members no more is
// checked than their brackets, quotes and UTF-8. Members are matched by name, with case, in any
// order; of equal ones the last holds. One that is missing or null is null, which is rejected where
// the column is NOT NULL. Values follow Spark's from_json in FAILFAST mode:
//
//   integers     numbers without a point or exponent, within the range of the type
//   reals        numbers; "NaN", "Infinity", "+INF", "-INF", "-Infinity" as strings
//   decimals     numbers or strings, exact, rounded half up to the scale
//   text         strings; any other value but null as its raw JSON
//   timestamps   strings in ISO 8601, UTC where without a zone, cut to microseconds; a whole number
//                is seconds since 1970
//   dates        strings as "2026-11-22"; binary: base64; maps: objects
//
// Errors: user errors for a map whose keys aren't strings and for types nested too deeply.
Result<std::unique_ptr<Decoder>> MakeJsonDecoder(std::shared_ptr<arrow::Schema> schema);

// Rows of CSV, one a record; with `format.header` a record is two lines, the header and the row.
// `names` are the columns of a row where there is no header. Only the columns of `schema`, all
// scalar, are read; one that the header doesn't name is null. Fields are read as
// format/text_value.h says; a row with more or fewer fields than names doesn't fit.
Result<std::unique_ptr<Decoder>> MakeCsvDecoder(const pipeline::CsvFormat& format,
                                                std::vector<std::string> names,
                                                std::shared_ptr<arrow::Schema> schema);

// Change events of Debezium, one a record: an envelope with `op`, `before` and `after`, by itself
// or as the member `payload`. The columns of `schema` are those of the row, read as JSON is; those
// in `format.columns` are those of the envelope. `key` names the columns that a delete has.
Result<std::unique_ptr<Decoder>> MakeDebeziumDecoder(const pipeline::DebeziumFormat& format,
                                                     std::vector<std::string> key,
                                                     std::shared_ptr<arrow::Schema> schema);

// The keys of messages of Debezium: JSON objects, by themselves or as the member `payload`.
Result<std::unique_ptr<Decoder>> MakeDebeziumKeyDecoder(std::shared_ptr<arrow::Schema> schema);

// Avro records with the number of the schema that wrote each, which the registry that `format`
// names is asked for (format/schema_registry.h). Each is read by its own schema as the columns of
// `schema`, as avro/row_reader.h says. One whose number the registry doesn't know doesn't fit.
Result<std::unique_ptr<Decoder>> MakeAvroDecoder(const pipeline::AvroFormat& format,
                                                 std::shared_ptr<arrow::Schema> schema);

// The keys of such messages: records, or where there is one column its bare value.
Result<std::unique_ptr<Decoder>> MakeAvroKeyDecoder(const pipeline::AvroFormat& format,
                                                    std::shared_ptr<arrow::Schema> schema);

// Returns the decoder of the keys of tombstones, which reads the columns of `schema`.
Result<std::unique_ptr<Decoder>> MakeKeyDecoder(const pipeline::Source& source,
                                                std::shared_ptr<arrow::Schema> schema);

// Returns the decoder of the source's format, which reads the columns of `schema`.
Result<std::unique_ptr<Decoder>> MakeDecoder(const pipeline::Source& source,
                                             std::shared_ptr<arrow::Schema> schema);

}  // namespace headrace::format
