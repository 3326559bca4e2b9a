// The changes of a commit, told apart by the file group that they belong to: by partition and, in a
// table with a key, by the bucket of the key.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "hudi/delete_block.h"
#include "hudi/table_config.h"

namespace headrace::hudi {

// Rows of one batch that belong into one file group: they are copied when they are encoded.
struct SelectedRows {
  std::shared_ptr<arrow::RecordBatch> batch;  // with the table's own columns
  std::shared_ptr<arrow::Array> keys;         // record keys of the batch
  std::vector<int64_t> rows;                  // ascending

  // The rows, with the columns _hoodie_record_key and the table's own.
  Result<std::shared_ptr<arrow::RecordBatch>> Take() const;
};

struct GroupChanges {
  std::string partition;
  int32_t bucket = 0;  // always 0 in a table without a key
  std::vector<SelectedRows> upserts;
  std::vector<DeleteRecord> deletes;
  int64_t rows = 0;  // of upserts
};

// Splits batches of upserts and deletes, ordered by partition and bucket. `schema` has the table's
// own columns. Rows of a table without a key are given one each, by `instant`, the time of the
// commit.
//
// Errors: user errors for rows that the table cannot hold.
Result<std::vector<GroupChanges>> SplitChanges(
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& upserts,
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& deletes,
    const std::shared_ptr<arrow::Schema>& schema, const TableConfig& config,
    const std::string& instant);

}  // namespace headrace::hudi
