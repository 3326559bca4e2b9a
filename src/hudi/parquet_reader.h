// Reads Parquet: base files, of which only the footer and the column chunks that are needed are
// fetched, and the content of Parquet data blocks.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "hudi/predicate.h"
#include "storage/storage.h"

namespace headrace::hudi {

// Reads those columns of a file in storage (`size` bytes) that `schema` names, as its types; one
// that the file doesn't have is null. Row groups in which, by their statistics, no row satisfies
// `predicate` are left out; rows of the others are not looked at. Row group after row group is
// fetched, so that memory holds one of them, decoded in batches. The storage must outlive the
// reader.
//
// Errors, also of the reader: Invalid where it is no Parquet file or a column doesn't fit.
Result<std::shared_ptr<arrow::RecordBatchReader>> OpenParquet(
    storage::Storage& storage, const std::string& path, int64_t size,
    const std::shared_ptr<arrow::Schema>& schema, const Predicate& predicate = {});

// Opens a file in memory, which must outlive the reader, in the same way.
Result<std::shared_ptr<arrow::RecordBatchReader>> OpenParquet(
    std::string_view file, const std::shared_ptr<arrow::Schema>& schema);

// Reads a file in memory, which needs to live only during the call, in the same way.
Result<std::vector<std::shared_ptr<arrow::RecordBatch>>> ReadParquet(
    std::string_view file, const std::shared_ptr<arrow::Schema>& schema);

// The key-value pairs of the footer of a file in memory.
Result<std::map<std::string, std::string>> ParquetKeyValues(std::string_view file);

}  // namespace headrace::hudi
