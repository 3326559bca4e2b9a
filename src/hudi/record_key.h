// The texts that identify a record: its key and its partition's path, made of its columns as Hudi's
// key generators make them.
#pragma once

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"

namespace headrace::hudi {

// Whether values of a type have a text that all engines agree on; floating point has not.
bool CanBeKey(const arrow::DataType& type);
bool CanBePartition(const arrow::DataType& type);

// Returns the record keys of a batch: of one column its value as text, with `named` (several
// columns) "a:1,b:x".
//
// Errors: a user error where a key is null or empty (with several columns: all of them).
Result<std::shared_ptr<arrow::StringArray>> RecordKeys(const arrow::RecordBatch& batch,
                                                       const std::vector<std::string>& columns,
                                                       bool named);

// Makes keys for rows that have none: "20261122190538565_0_17" is of the row 17 of a commit.
Result<std::shared_ptr<arrow::StringArray>> GeneratedKeys(const std::string& instant,
                                                          int64_t first_row, int64_t rows);

// Returns the partition paths, "eu" or "eu/2026-11-22", in Hive's style "region=eu"; "" without
// columns; null and empty values are __HIVE_DEFAULT_PARTITION__.
//
// Errors: a user error where a value cannot be the name of a folder.
Result<std::shared_ptr<arrow::StringArray>> PartitionPaths(const arrow::RecordBatch& batch,
                                                           const std::vector<std::string>& columns,
                                                           bool hive_style);

}  // namespace headrace::hudi
