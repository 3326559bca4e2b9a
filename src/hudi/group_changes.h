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

struct GroupChanges {
  std::string partition;
  int32_t bucket = 0;  // always 0 in a table without a key
  // With the columns _hoodie_record_key and the table's own.
  std::vector<std::shared_ptr<arrow::RecordBatch>> upserts;
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
