// Which rows a reader wants, in a form that also tells which files, row groups and blocks of rows
// cannot hold any.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/scalar.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"

namespace headrace::hudi {

// A column compared with a constant. Rows with a null there don't satisfy it; NaN is greater than
// all else, as in SQL.
struct Comparison {
  enum class Operator { kEqual, kLess, kLessEqual, kGreater, kGreaterEqual };
  std::string column;
  Operator op = Operator::kEqual;
  std::shared_ptr<arrow::Scalar> value;  // of the column's type, not null
};

// Whether values of a type can be compared: numbers, dates, timestamps and strings.
bool CanCompare(const arrow::DataType& type);

// All of them must hold.
using Predicate = std::vector<Comparison>;

// Whether a value from `least` to `greatest` can satisfy the comparison; true where that cannot be
// told.
bool CanHold(const Comparison& comparison, const std::shared_ptr<arrow::Scalar>& least,
             const std::shared_ptr<arrow::Scalar>& greatest);

// Returns the rows that satisfy the predicate. Errors: Invalid where the batch has not a column of
// it, or one that cannot be compared.
Result<std::shared_ptr<arrow::RecordBatch>> FilterRows(
    const std::shared_ptr<arrow::RecordBatch>& batch, const Predicate& predicate);

}  // namespace headrace::hudi
