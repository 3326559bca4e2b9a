// Base files: Parquet with the meta columns before the table's own. Their footer carries the Avro
// schema, the least and greatest record key, and a Bloom filter of the record keys.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>

#include <memory>
#include <string>

#include "base/status.h"
#include "hudi/bloom_filter.h"
#include "hudi/parquet_file.h"

namespace headrace::hudi {

// Encodes a base file batch by batch; what it holds is one row group, encoded, and the filter.
class BaseFileWriter {
 public:
  // Writes to `out`. `schema` is of the rows, which begin with the meta columns; about
  // `rows_expected` will come, or fewer.
  BaseFileWriter(std::shared_ptr<arrow::io::OutputStream> out,
                 std::shared_ptr<arrow::Schema> schema, std::string file_name,
                 int64_t rows_expected)
      : out_(std::move(out)),
        schema_(std::move(schema)),
        file_name_(std::move(file_name)),
        filter_(rows_expected) {}

  // The column _hoodie_file_name is made anew.
  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows);
  Status WriteAll(arrow::RecordBatchReader& rows);

  int64_t rows() const { return rows_; }

  // Writes the rest of the file; `table_name` is the one of its Avro schema.
  Status Finish(const std::string& table_name);

 private:
  // The rows with the name of this file.
  Result<std::shared_ptr<arrow::RecordBatch>> Named(
      const std::shared_ptr<arrow::RecordBatch>& rows) const;
  void AddKeys(const arrow::Array& keys);

  const std::shared_ptr<arrow::io::OutputStream> out_;
  const std::shared_ptr<arrow::Schema> schema_;
  const std::string file_name_;
  std::unique_ptr<ParquetWriter> writer_;  // from the first batch on
  BloomFilter filter_;
  std::string least_key_, greatest_key_;
  int64_t rows_ = 0;
};

// How many rows files of so many bytes hold at most, or nearly.
int64_t RowsExpected(int64_t file_bytes);

}  // namespace headrace::hudi
