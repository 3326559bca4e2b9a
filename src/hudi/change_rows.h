// The changes of a range as rows of one relation.
#pragma once

#include <arrow/record_batch.h>

#include <memory>

#include "base/status.h"
#include "hudi/changes.h"

namespace headrace::hudi {

inline constexpr char kChangeColumn[] = "_change";  // "delete" or "upsert"

// Returns the columns of ChangeRows: _change and the table's own, all nullable.
std::shared_ptr<arrow::Schema> ChangeRowsSchema(const Table& table);

// Reads the named ones of these columns: all deletes, of which only key and partition are known,
// then all upserts. `options.columns` is not looked at. The table must outlive the reader.
Result<std::shared_ptr<arrow::RecordBatchReader>> ReadChangeRows(
    Table& table, ChangeOptions options, const std::vector<std::string>& columns);

}  // namespace headrace::hudi
