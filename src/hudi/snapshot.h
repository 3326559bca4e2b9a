// Reads a table as of its newest completed commit: base files and log files merged, one row a key.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/table.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "hudi/table.h"

namespace headrace::hudi {

struct SnapshotOptions {
  std::vector<std::string> columns;  // in this order, also meta columns; empty: all of the table's
  bool meta_columns = false;         // with `columns` empty: the meta columns, too
};

// Reads file slice after file slice, so that memory is bounded by one of them.
class SnapshotReader : public arrow::RecordBatchReader {
 public:
  // Errors: a user error for a column that isn't there.
  static Result<std::shared_ptr<SnapshotReader>> Make(Table& table, const SnapshotOptions& options);

  std::shared_ptr<arrow::Schema> schema() const override { return output_; }
  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override;

 private:
  Table* table_ = nullptr;
  std::shared_ptr<arrow::Schema> output_;
  std::shared_ptr<arrow::Schema> merged_;  // the output, and what merging needs
  std::vector<FileSlice> slices_;
  size_t next_slice_ = 0;
  std::vector<std::shared_ptr<arrow::RecordBatch>> ready_;  // of the slice read last, reversed
};

// Reads the table in the folder `path` of the local disk.
Result<std::shared_ptr<arrow::Table>> ReadTable(const std::string& path,
                                                const SnapshotOptions& options = {});

}  // namespace headrace::hudi
