// Reads a table as its commits left it: base files and log files merged, one row a key.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/table.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "hudi/predicate.h"
#include "hudi/table.h"
#include "storage/open_storage.h"

namespace headrace::hudi {

struct SnapshotOptions {
  std::vector<std::string> columns =
      {};                     // in this order, also meta columns; empty: all of the table's
  bool meta_columns = false;  // with `columns` empty: the meta columns, too
  // The table as the commits that completed up to this time left it, in a form of
  // ParseQueryTime(); empty: as it is. Its columns are today's.
  std::string as_of = {};
  // Base files only: what changed since they were written is not seen, nothing is merged.
  bool read_optimized = false;
  // The rows that are wanted. Partitions, buckets, files and row groups that can hold none of them
  // are not read.
  Predicate predicate = {};
  // How many file slices are read at a time. With one, rows come in the order of partitions and
  // buckets; memory is bounded by the log files and one row group of each slice that is read.
  int threads = 1;
};

// Returns a reader of the table, which must outlive it.
//
// Errors: a user error for a column that isn't there, or a time that the table remembers no more.
Result<std::shared_ptr<arrow::RecordBatchReader>> ReadSnapshot(Table& table,
                                                               const SnapshotOptions& options);

// Reads the whole table that is at `place` (storage::OpenStorage).
Result<std::shared_ptr<arrow::Table>> ReadTable(const std::string& place,
                                                const SnapshotOptions& options = {},
                                                const storage::StorageOptions& storage = {});

}  // namespace headrace::hudi
