// Reads one file slice: the rows of its base file and log files, merged (log_records.h).
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "hudi/file_group.h"
#include "hudi/log_records.h"
#include "hudi/predicate.h"
#include "storage/storage.h"

namespace headrace::hudi {

// Changes that come after all that is in a slice.
struct LaterChanges {
  std::vector<std::shared_ptr<arrow::RecordBatch>> upserts;  // of the schema that is merged to
  std::vector<DeleteRecord> deletes;
};

// What merging did to the rows of the base file.
struct MergeCounts {
  int64_t replaced = 0;
  int64_t deleted = 0;
  int64_t added = 0;  // rows of keys that it didn't have
};

struct SliceOptions {
  // Leaves row groups of the base file out; must be one that all versions of a key satisfy or none.
  Predicate predicate = {};
  LaterChanges later = {};
  // Only rows of these keys.
  KeyPart part = {};
  // How many bytes of records the log files may hold; 0: any.
  int64_t log_record_bytes_max = 0;
  MergeCounts* counts = nullptr;  // filled in by the time the last batch is handed out
};

// Opens `slice` for reading its live rows as `schema`, which must hold the record key and, where
// `order_by` isn't empty, the ordering column. The log files are read at once and held; the base
// file passes batch by batch. Storage and slice must outlive the reader.
//
// Errors: CapacityError where the records of the log files are more than they may be.
Result<std::shared_ptr<arrow::RecordBatchReader>> OpenSlice(
    storage::Storage& storage, const FileSlice& slice, const std::shared_ptr<arrow::Schema>& schema,
    const std::string& order_by, SliceOptions options = {});

// Adds the records of a log file, those columns that `schema` names; `bytes_max` is of all records.
Status AddLogFile(storage::Storage& storage, const DataFile& log,
                  const std::shared_ptr<arrow::Schema>& schema, LogRecords* records,
                  int64_t bytes_max = 0);

}  // namespace headrace::hudi
