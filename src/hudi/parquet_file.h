// Writes Parquet files: base files and the content of Parquet data blocks.
#pragma once

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>

#include <map>
#include <memory>
#include <string>

#include "base/status.h"

namespace headrace::hudi {

// Encodes as it goes (zstd): what it holds is one row group, encoded. Columns may be dictionary
// arrays, which saves the writer from finding out what repeats; each batch then has the same
// dictionary.
class ParquetWriter {
 public:
  // Writes to `out`. `schema` is the batches' own; `sample` says which columns repeat their values.
  static Result<std::unique_ptr<ParquetWriter>> Open(std::shared_ptr<arrow::io::OutputStream> out,
                                                     const std::shared_ptr<arrow::Schema>& schema,
                                                     const arrow::RecordBatch& sample);
  virtual ~ParquetWriter() = default;

  virtual Status Write(const arrow::RecordBatch& batch) = 0;

  // Writes the rest of the file; the stream stays open.
  virtual Status Finish(const std::map<std::string, std::string>& metadata) = 0;
};

// Returns the bytes of a Parquet file with the rows of `batch`.
Result<std::shared_ptr<arrow::Buffer>> WriteParquet(
    const arrow::RecordBatch& batch, const std::map<std::string, std::string>& metadata);

}  // namespace headrace::hudi
