// Merges the files of one file slice: of the versions of each key one is left, or none where it was
// deleted.
//
// With an ordering column the version of the greatest value wins, of equal ones the later; a delete
// takes part with its own value, or, in natural order, deletes whatever came before it. Without one
// the later always wins. Source: EVENT_TIME_ORDERING and COMMIT_TIME_ORDERING of Apache Hudi 1.2.0.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "hudi/file_group.h"
#include "storage/storage.h"

namespace headrace::hudi {

// Returns the live rows of `slice` as `schema`, which must hold the record key and, where
// `order_by` isn't empty, the ordering column.
Result<std::vector<std::shared_ptr<arrow::RecordBatch>>> MergeSlice(
    storage::Storage& storage, const FileSlice& slice, const std::shared_ptr<arrow::Schema>& schema,
    const std::string& order_by);

}  // namespace headrace::hudi
