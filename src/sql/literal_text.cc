#include "sql/literal_text.h"

#include <fmt/format.h>

#include <cmath>

#include "sql/duckdb_type.h"
#include "sql/number_text.h"

namespace headrace::sql {
namespace {

template <typename ScalarType>
auto ValueOf(const arrow::Scalar& scalar) {
  return static_cast<const ScalarType&>(scalar).value;
}

template <typename Float>
std::string FloatText(Float value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  return fmt::format("{}", value);
}

std::string BinaryText(const arrow::Buffer& bytes) {
  std::string digits;
  for (int64_t i = 0; i < bytes.size(); ++i) digits += fmt::format("{:02X}", bytes.data()[i]);
  return fmt::format("unhex('{}')", digits);
}

}  // namespace

Result<std::string> LiteralText(const arrow::Scalar& value) {
  using arrow::Type;
  const std::string type = DuckTypeName(*value.type);
  if (!value.is_valid) return fmt::format("CAST(NULL AS {})", type);
  switch (value.type->id()) {
    case Type::BOOL:
      return std::string(ValueOf<arrow::BooleanScalar>(value) ? "true" : "false");
    case Type::INT8:
    case Type::INT16:
    case Type::INT32:
    case Type::INT64:
      return fmt::format("CAST({} AS {})", value.ToString(), type);
    case Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::Decimal128Scalar&>(value);
      const auto number = static_cast<__int128>(decimal.value.high_bits()) << 64 |
                          static_cast<__int128>(decimal.value.low_bits());
      const int scale = static_cast<const arrow::Decimal128Type&>(*value.type).scale();
      return fmt::format("CAST('{}' AS {})", DecimalText(number, scale), type);
    }
    case Type::FLOAT:
      return fmt::format("CAST('{}' AS FLOAT)", FloatText(ValueOf<arrow::FloatScalar>(value)));
    case Type::DOUBLE:
      return fmt::format("CAST('{}' AS DOUBLE)", FloatText(ValueOf<arrow::DoubleScalar>(value)));
    case Type::STRING:
      return "(" + QuoteString(value.ToString()) + ")";
    case Type::BINARY:
      return BinaryText(*ValueOf<arrow::BinaryScalar>(value));
    case Type::DATE32:
      return fmt::format("(DATE '1970-01-01' + CAST({} AS INTEGER))",
                         ValueOf<arrow::Date32Scalar>(value));
    case Type::TIMESTAMP:
      return fmt::format("make_timestamp(CAST({} AS BIGINT))",
                         ValueOf<arrow::TimestampScalar>(value));
    case Type::DURATION:
      return fmt::format("CAST({} AS BIGINT)", ValueOf<arrow::DurationScalar>(value));
    case Type::INTERVAL_MONTHS:
      return fmt::format("CAST({} AS INTEGER)", ValueOf<arrow::MonthIntervalScalar>(value));
    default:
      return Status::NotImplemented("a literal of type ", value.type->ToString());
  }
}

}  // namespace headrace::sql
