// The value that orders versions of one record: of the ordering column, or of a delete.
#pragma once

#include <arrow/array.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>

#include <cstdint>
#include <string>
#include <variant>

#include "base/status.h"

namespace headrace::hudi {

// A decimal, at the scale that all of them are brought to.
struct OrderingDecimal {
  arrow::Decimal128 value;
  bool operator==(const OrderingDecimal&) const = default;
};
inline constexpr int kOrderingDecimalScale = 15;

// Nothing: natural order, in which what comes later wins. Integers, dates and timestamps are int64.
using OrderingValue = std::variant<std::monostate, int64_t, double, OrderingDecimal, std::string>;

// Whether a record of value `later`, which comes after one of value `earlier`, takes its place: not
// where its value is smaller. Values of other kinds, and natural order, win.
bool Replaces(const OrderingValue& later, const OrderingValue& earlier);

// Whether headrace writes tables that are ordered by a column of this type: not where engines
// disagree on the values of deletes.
bool CanOrder(const arrow::DataType& type);

// The value of one row; natural order for a null.
OrderingValue OrderingValueAt(const arrow::Array& column, int64_t row);

}  // namespace headrace::hudi
