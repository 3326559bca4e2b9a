// Parquet files in memory: base files and the content of Parquet data blocks.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace headrace::hudi {

// Returns the bytes of a Parquet file (zstd) with the rows of `batch`.
Result<std::string> WriteParquet(const std::shared_ptr<arrow::RecordBatch>& batch,
                                 const std::map<std::string, std::string>& metadata);

// Reads those columns of a file that `schema` names, as its types; one that the file doesn't have
// is null. `file` needs to live only during the call.
//
// Errors: Invalid where the bytes are no Parquet file or a column doesn't fit.
Result<std::vector<std::shared_ptr<arrow::RecordBatch>>> ReadParquet(
    std::string_view file, const std::shared_ptr<arrow::Schema>& schema);

// The key-value pairs of a file's footer.
Result<std::map<std::string, std::string>> ParquetKeyValues(std::string_view file);

// The number of rows of a file, by its footer.
Result<int64_t> ParquetRows(std::string_view file);

}  // namespace headrace::hudi
