// Rows as Avro binary, by a schema that exists already or one that was made for them.
#pragma once

#include <arrow/record_batch.h>

#include <memory>
#include <string>
#include <vector>

#include "avro/schema.h"
#include "base/status.h"

namespace headrace::avro {

// Encodes rows of one batch. Columns become the fields of a record by their names; a field that the
// batch doesn't have is null. What of a column's type may be written:
//
//   integers     int, long, double, where none of its values is lost; FLOAT also as double
//   STRING       string, bytes, enum
//   BINARY       bytes, fixed of the size that each value has
//   DECIMAL      decimal of bytes or fixed, of at least as many digits
//   DATE         date
//   TIMESTAMP    timestamp-micros, -millis (which cuts), with or without local-
//   LIST, MAP, STRUCT    array, map, record
//
// and unions of null and one of these. What is nullable may be written where there is no null; a
// value that is null is an error then.
class RowEncoder {
 public:
  // `writer` and `batch` must outlive the encoder.
  //
  // Errors: Invalid where a column and its field don't fit, or one of them has no other and needs
  // one.
  static Result<std::unique_ptr<RowEncoder>> Make(const Type& writer,
                                                  const arrow::RecordBatch& batch);
  ~RowEncoder();

  // Appends a row. Errors: Invalid for a value that the schema doesn't take.
  Status Encode(int64_t row, std::string* out) const;

  struct Column;

 private:
  explicit RowEncoder(std::unique_ptr<Column> record);
  const std::unique_ptr<Column> record_;
};

}  // namespace headrace::avro
