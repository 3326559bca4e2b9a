#include "hudi/ordering.h"

#include <arrow/array/array_primitive.h>

namespace headrace::hudi {

bool Replaces(const OrderingValue& later, const OrderingValue& earlier) {
  if (later.index() != earlier.index()) return true;
  if (const auto* number = std::get_if<int64_t>(&later))
    return *number >= std::get<int64_t>(earlier);
  if (const auto* number = std::get_if<double>(&later)) {
    // As java.lang.Double.compare: NaN is above everything.
    const double other = std::get<double>(earlier);
    return *number >= other || *number != *number;
  }
  if (const auto* decimal = std::get_if<OrderingDecimal>(&later))
    return decimal->value >= std::get<OrderingDecimal>(earlier).value;
  if (const auto* text = std::get_if<std::string>(&later))
    return *text >= std::get<std::string>(earlier);
  return true;
}

bool CanOrder(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::DATE32:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::STRING:
      return true;
    default:
      return false;
  }
}

OrderingValue OrderingValueAt(const arrow::Array& column, int64_t row) {
  if (column.IsNull(row)) return {};
  switch (column.type_id()) {
    case arrow::Type::INT32:
      return int64_t{static_cast<const arrow::Int32Array&>(column).Value(row)};
    case arrow::Type::DATE32:
      return int64_t{static_cast<const arrow::Date32Array&>(column).Value(row)};
    case arrow::Type::INT64:
      return static_cast<const arrow::Int64Array&>(column).Value(row);
    case arrow::Type::TIMESTAMP:
      return static_cast<const arrow::TimestampArray&>(column).Value(row);
    case arrow::Type::FLOAT:
      return double{static_cast<const arrow::FloatArray&>(column).Value(row)};
    case arrow::Type::DOUBLE:
      return static_cast<const arrow::DoubleArray&>(column).Value(row);
    case arrow::Type::STRING:
      return std::string(static_cast<const arrow::StringArray&>(column).GetView(row));
    case arrow::Type::DECIMAL128: {
      const auto& type = static_cast<const arrow::DecimalType&>(*column.type());
      const arrow::Decimal128 value(
          static_cast<const arrow::Decimal128Array&>(column).GetValue(row));
      const int more = kOrderingDecimalScale - type.scale();
      return OrderingDecimal{
          arrow::Decimal128(more >= 0 ? value.IncreaseScaleBy(more) : value.ReduceScaleBy(-more))};
    }
    default:
      return {};
  }
}

}  // namespace headrace::hudi
