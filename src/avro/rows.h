// Rows as Avro binary: the content of Avro data blocks.
#pragma once

#include <arrow/array/builder_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "avro/schema.h"
#include "base/status.h"

namespace headrace::avro {

// Encodes rows of one batch by the schema that RecordSchemaJson makes of theirs.
class RowEncoder {
 public:
  explicit RowEncoder(const arrow::RecordBatch& batch);
  ~RowEncoder();
  void Encode(int64_t row, std::string* out) const;

  struct Column;

 private:
  std::vector<std::unique_ptr<Column>> columns_;
};

// Builds batches of `target` from rows that were written by another schema: fields are matched by
// name, one that the writer doesn't have is null, one that the target doesn't have is skipped, and
// narrow numbers are widened.
class RowDecoder {
 public:
  // Errors: Invalid where a field of the writer cannot become the target's column.
  static Result<std::unique_ptr<RowDecoder>> Make(TypePtr writer,
                                                  std::shared_ptr<arrow::Schema> target);
  ~RowDecoder();

  // Invalid where the bytes are no row.
  Status Append(std::string_view row);
  Result<std::shared_ptr<arrow::RecordBatch>> Finish();

  struct Field;

 private:
  RowDecoder();
  TypePtr writer_;
  std::shared_ptr<arrow::Schema> target_;
  std::vector<std::unique_ptr<Field>> fields_;  // of the writer, in its order
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  std::vector<bool> is_written_;  // for each column of the target
  int64_t rows_ = 0;
};

}  // namespace headrace::avro
