// Checks the rows of one data file for Validate(): meta columns, keys, buckets, nulls.
#pragma once

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "hudi/validation_checks.h"

namespace headrace::hudi {

// Counts what is wrong with the rows of a file, and says each kind once. Not thread-safe.
class RowChecks {
 public:
  RowChecks(const DataFile& file, CheckedTable* table) : file_(file), table_(table) {}

  // Checks rows with the meta columns first, then the table's.
  Status Check(const std::shared_ptr<arrow::RecordBatch>& batch);

  // Checks that a key lies where it belongs.
  void CheckKey(std::string_view key, int64_t row);

  // Adds what was found to the table's findings.
  void Report();

  int64_t rows() const { return rows_; }

 private:
  void CheckMetaColumns(const arrow::RecordBatch& batch);
  Status CheckRecordKeys(const arrow::RecordBatch& batch);
  void CheckPartitionColumns(const arrow::RecordBatch& batch);
  void CheckNulls(const arrow::RecordBatch& batch);
  void Count(const std::string& what, int64_t row, const std::string& hint);

  struct Tally {
    int64_t count = 0;
    int64_t first_row = 0;
    std::string hint;
  };
  const DataFile& file_;
  CheckedTable* table_;
  int64_t rows_ = 0;
  std::map<std::string, Tally> tallies_;  // by what is wrong
};

}  // namespace headrace::hudi
