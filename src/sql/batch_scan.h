// The table function through which DuckDB reads an Arrow batch: batch_scan(address of a BatchScan).
#pragma once

#include <arrow/array.h>
#include <duckdb.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "sql/coercion.h"

namespace headrace::sql {

// What one statement reads: columns c0, c1, ... and after them, if asked for, `row`, the INTEGER
// index of the row in the batch. Not thread-safe; must outlive every statement that names it.
//
// Strings aren't copied: the arrays must live until the statement's result is materialized.
class BatchScan {
 public:
  BatchScan(std::vector<TypePtr> types, bool has_row)
      : types_(std::move(types)), has_row_(has_row) {}

  // Sets what the next execution reads.
  void Reset(arrow::ArrayVector columns, int64_t rows) {
    columns_ = std::move(columns);
    rows_ = rows;
  }

  // Returns the call to write after FROM.
  std::string CallText() const;

 private:
  friend struct BatchScanCallbacks;
  std::vector<TypePtr> types_;
  bool has_row_;
  arrow::ArrayVector columns_;
  int64_t rows_ = 0;
};

Status RegisterBatchScan(duckdb_connection connection);

// Whether strings of a vector point into the array, which must outlive it then.
enum class Strings { kShared, kCopied };

// Puts `count` values of `array`, from `offset` on, into a flat vector of the type that stands for
// the array's.
void FillVector(const arrow::Array& array, int64_t offset, int64_t count, duckdb_vector vector,
                Strings strings = Strings::kShared);

}  // namespace headrace::sql
