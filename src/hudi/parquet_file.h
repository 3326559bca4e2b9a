// Writes Parquet files: base files and the content of Parquet data blocks.
#pragma once

#include <arrow/record_batch.h>

#include <map>
#include <memory>
#include <string>

#include "base/status.h"

namespace headrace::hudi {

// Returns the bytes of a Parquet file (zstd) with the rows of `batch`.
Result<std::string> WriteParquet(const std::shared_ptr<arrow::RecordBatch>& batch,
                                 const std::map<std::string, std::string>& metadata);

}  // namespace headrace::hudi
