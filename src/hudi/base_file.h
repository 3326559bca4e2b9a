// Base files: Parquet with the meta columns before the table's own. Their footer carries the Avro
// schema and the least and greatest record key.
#pragma once

#include <arrow/buffer.h>
#include <arrow/record_batch.h>

#include <memory>
#include <string>

#include "base/status.h"
#include "hudi/parquet_file.h"

namespace headrace::hudi {

// Encodes a base file batch by batch; what it holds is the encoded file.
class BaseFileWriter {
 public:
  // `schema` is of the rows, which begin with the meta columns.
  BaseFileWriter(std::shared_ptr<arrow::Schema> schema, std::string file_name)
      : schema_(std::move(schema)), file_name_(std::move(file_name)) {}

  // The column _hoodie_file_name is made anew.
  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows);
  Status WriteAll(arrow::RecordBatchReader& rows);

  int64_t rows() const { return rows_; }

  // Returns the bytes of the file; `table_name` is the one of its Avro schema.
  Result<std::shared_ptr<arrow::Buffer>> Finish(const std::string& table_name);

 private:
  // The rows with the name of this file.
  Result<std::shared_ptr<arrow::RecordBatch>> Named(
      const std::shared_ptr<arrow::RecordBatch>& rows) const;
  void AddKeys(const arrow::Array& keys);

  const std::shared_ptr<arrow::Schema> schema_;
  const std::string file_name_;
  std::unique_ptr<ParquetWriter> writer_;  // from the first batch on
  std::string least_key_, greatest_key_;
  int64_t rows_ = 0;
};

}  // namespace headrace::hudi
