#include "sql/literal.h"

#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "sql/calendar.h"
#include "sql/error.h"
#include "sql/names.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

constexpr int kPrecisionMax = 38;

ast::Literal Make(std::shared_ptr<arrow::Scalar> value, std::string text) {
  return {std::move(value), std::move(text)};
}

template <typename Integer>
std::optional<Integer> ParseIn(std::string_view digits) {
  Integer value = 0;
  const char* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc() || at != end) return std::nullopt;
  return value;
}

Status OutOfRange(const Token& token, std::string_view type) {
  return ErrorAt(token.span, fmt::format("{} is out of the range of {}", token.text, type));
}

template <typename ScalarType, typename Integer>
Result<ast::Literal> Integral(const Token& token, const std::string& digits,
                              std::string_view type) {
  const auto value = ParseIn<Integer>(digits);
  if (!value) return OutOfRange(token, type);
  return Make(std::make_shared<ScalarType>(*value), digits);
}

// `number` has digits, at most one point and maybe an exponent.
Result<ast::Literal> Decimal(const Token& token, const std::string& number) {
  const size_t exponent_at = std::min(number.find_first_of("eE"), number.size());
  int exponent = 0;
  if (exponent_at < number.size()) {
    size_t start = exponent_at + 1;
    if (number[start] == '+') ++start;
    const auto parsed = ParseIn<int>(std::string_view(number).substr(start));
    if (!parsed || std::abs(*parsed) > 2 * kPrecisionMax) return OutOfRange(token, "DECIMAL");
    exponent = *parsed;
  }
  const bool negative = number[0] == '-';
  std::string digits;
  int scale = -exponent;
  bool behind_point = false;
  for (const char c : std::string_view(number).substr(negative ? 1 : 0, exponent_at - negative)) {
    if (c == '.') {
      behind_point = true;
    } else {
      digits += c;
      scale += behind_point ? 1 : 0;
    }
  }
  for (; scale < 0; ++scale) digits += '0';
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  const int precision = std::max({static_cast<int>(digits.size()), scale, 1});
  if (precision > kPrecisionMax) return OutOfRange(token, "DECIMAL");
  ASSIGN_OR_RAISE(arrow::Decimal128 value,
                  arrow::Decimal128::FromString(digits.empty() ? "0" : digits));
  if (negative) value.Negate();
  return Make(std::make_shared<arrow::Decimal128Scalar>(value, arrow::decimal128(precision, scale)),
              value.ToString(scale));
}

// Renders a double as Java's Double.toString does where both agree on being plain: "1000.0".
std::string DoubleText(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

template <typename ScalarType, typename Float>
Result<ast::Literal> Floating(const Token& token, std::string_view number, std::string_view type) {
  const auto value = ParseIn<Float>(number);
  if (!value || !std::isfinite(*value)) return OutOfRange(token, type);
  return Make(std::make_shared<ScalarType>(*value), DoubleText(static_cast<double>(*value)));
}

Result<ast::Literal> Binary(const Token& text, Span span) {
  std::string digits = text.text.size() % 2 == 0 ? text.text : "0" + text.text;
  std::string bytes;
  for (size_t i = 0; i < digits.size(); i += 2) {
    unsigned value = 0;
    const auto [at, error] = std::from_chars(digits.data() + i, digits.data() + i + 2, value, 16);
    if (error != std::errc() || at != digits.data() + i + 2)
      return ErrorAt(span, fmt::format("X'{}' is not a binary value", text.text),
                     "write pairs of the digits 0-9 and A-F");
    bytes += static_cast<char>(value);
  }
  return Make(std::make_shared<arrow::BinaryScalar>(std::move(bytes)),
              fmt::format("X'{}'", Upper(digits)));
}

}  // namespace

Result<ast::Literal> NumberLiteral(const Token& token, bool negative) {
  const std::string lower = (negative ? "-" : "") + Lower(token.text);
  if (token.kind == TokenKind::kInteger) {
    if (const auto value = ParseIn<int32_t>(lower))
      return Make(std::make_shared<arrow::Int32Scalar>(*value), std::to_string(*value));
    if (const auto value = ParseIn<int64_t>(lower))
      return Make(std::make_shared<arrow::Int64Scalar>(*value), std::to_string(*value));
    return Decimal(token, lower);
  }
  const auto without = [&](size_t suffix) { return lower.substr(0, lower.size() - suffix); };
  if (lower.ends_with("bd")) return Decimal(token, without(2));
  switch (lower.back()) {
    case 'l':
      return Integral<arrow::Int64Scalar, int64_t>(token, without(1), "BIGINT");
    case 's':
      return Integral<arrow::Int16Scalar, int16_t>(token, without(1), "SMALLINT");
    case 'y':
      return Integral<arrow::Int8Scalar, int8_t>(token, without(1), "TINYINT");
    case 'f':
      return Floating<arrow::FloatScalar, float>(token, without(1), "FLOAT");
    case 'd':
      return Floating<arrow::DoubleScalar, double>(token, without(1), "DOUBLE");
    default:
      break;
  }
  if (lower.find('e') != std::string::npos)
    return Floating<arrow::DoubleScalar, double>(token, lower, "DOUBLE");
  return Decimal(token, lower);
}

bool IsLiteralType(std::string_view word) {
  for (const std::string_view type :
       {"DATE", "TIMESTAMP", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIME", "X"}) {
    if (SameName(type, word)) return true;
  }
  return false;
}

Result<ast::Literal> TypedLiteral(std::string_view type, const Token& text, Span span) {
  const std::string upper = Upper(type);
  if (upper == "X") return Binary(text, span);
  if (upper == "TIME") return NotSupported(span, "the type TIME");
  std::string name = fmt::format("{} '{}'", upper, text.text);
  if (upper == "DATE") {
    if (const auto days = ParseDate(text.text))
      return Make(std::make_shared<arrow::Date32Scalar>(*days), std::move(name));
    return ErrorAt(span, fmt::format("{} is not a date", name), "write DATE '2024-12-31'");
  }
  const bool zoned = upper != "TIMESTAMP_NTZ";
  if (const auto microseconds = ParseTimestamp(text.text))
    return Make(std::make_shared<arrow::TimestampScalar>(
                    *microseconds, arrow::timestamp(arrow::TimeUnit::MICRO, zoned ? "UTC" : "")),
                std::move(name));
  return ErrorAt(span, fmt::format("{} is not a timestamp", name),
                 fmt::format("write {} '2024-12-31 23:59:59.999'; a zone behind it is Z or an "
                             "offset such as +01:00",
                             upper));
}

ast::Literal StringLiteral(std::string value) {
  return Make(std::make_shared<arrow::StringScalar>(value), value);
}

ast::Literal BooleanLiteral(bool value) {
  return Make(std::make_shared<arrow::BooleanScalar>(value), value ? "true" : "false");
}

ast::Literal NullLiteral() { return Make(std::make_shared<arrow::NullScalar>(), "NULL"); }

}  // namespace headrace::sql
