#include "hudi/predicate.h"

#include <arrow/array/util.h>
#include <arrow/compute/cast.h>
#include <arrow/datum.h>

#include <optional>

#include "hudi/ordering.h"
#include "hudi/projection.h"

namespace headrace::hudi {
namespace {

using Operator = Comparison::Operator;

bool Satisfies(const OrderingValue& value, Operator op, const OrderingValue& constant) {
  switch (op) {
    case Operator::kEqual:
      return Replaces(value, constant) && Replaces(constant, value);
    case Operator::kLess:
      return !Replaces(value, constant);
    case Operator::kLessEqual:
      return Replaces(constant, value);
    case Operator::kGreater:
      return !Replaces(constant, value);
    case Operator::kGreaterEqual:
      return Replaces(value, constant);
  }
  return true;
}

// The value of a scalar as `type`; nothing where it has none.
std::optional<OrderingValue> ValueOf(const std::shared_ptr<arrow::Scalar>& scalar,
                                     const std::shared_ptr<arrow::DataType>& type) {
  if (!CanCompare(*type) || !scalar->is_valid) return std::nullopt;
  const auto cast = arrow::compute::Cast(scalar, type);
  if (!cast.ok()) return std::nullopt;
  const auto array = arrow::MakeArrayFromScalar(*cast->scalar(), 1);
  if (!array.ok()) return std::nullopt;
  return OrderingValueAt(**array, 0);
}

}  // namespace

bool CanCompare(const arrow::DataType& type) {
  return CanOrder(type) || type.id() == arrow::Type::DECIMAL128;
}

bool CanHold(const Comparison& comparison, const std::shared_ptr<arrow::Scalar>& least,
             const std::shared_ptr<arrow::Scalar>& greatest) {
  const auto& type = comparison.value->type;
  const auto constant = ValueOf(comparison.value, type);
  const auto low = ValueOf(least, type), high = ValueOf(greatest, type);
  if (!constant || !low || !high) return true;
  switch (comparison.op) {
    case Operator::kEqual:
      return Satisfies(*low, Operator::kLessEqual, *constant) &&
             Satisfies(*high, Operator::kGreaterEqual, *constant);
    case Operator::kLess:
    case Operator::kLessEqual:
      return Satisfies(*low, comparison.op, *constant);
    case Operator::kGreater:
    case Operator::kGreaterEqual:
      // Ranges of reals leave NaN out, which is greater.
      return constant->index() == OrderingValue(0.0).index() ||
             Satisfies(*high, comparison.op, *constant);
  }
  return true;
}

Result<std::shared_ptr<arrow::RecordBatch>> FilterRows(
    const std::shared_ptr<arrow::RecordBatch>& batch, const Predicate& predicate) {
  std::shared_ptr<arrow::RecordBatch> kept = batch;
  for (const Comparison& comparison : predicate) {
    const auto column = kept->GetColumnByName(comparison.column);
    const auto constant =
        column == nullptr ? std::nullopt : ValueOf(comparison.value, column->type());
    if (!constant)
      return Status::Invalid("the column '", comparison.column, "' cannot be compared with ",
                             comparison.value->ToString());
    std::vector<int64_t> rows;
    for (int64_t row = 0; row < kept->num_rows(); ++row)
      if (column->IsValid(row) &&
          Satisfies(OrderingValueAt(*column, row), comparison.op, *constant))
        rows.push_back(row);
    ASSIGN_OR_RAISE(kept, TakeRows(kept, rows));
  }
  return kept;
}

}  // namespace headrace::hudi
