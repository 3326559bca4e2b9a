#include "format/text_value.h"

#include <simdjson.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "format/base64.h"
#include "format/decimal_text.h"
#include "sql/calendar.h"
#include "sql/names.h"

namespace headrace::format {
namespace {

// Appends `value` where there is one.
template <typename Optional>
Status AppendIf(const Optional& value, ColumnBuilder* out, bool* parsed) {
  *parsed = value.has_value();
  return *parsed ? out->AppendFixed(*value) : Status::OK();
}

template <typename T>
std::optional<T> ParseNumber(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// from_chars knows words that nobody's data means: inf, nan(1).
template <typename T>
std::optional<T> ParseReal(std::string_view text) {
  double special = 0;
  if (ParseSpecialReal(text, &special)) return static_cast<T>(special);
  if (text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
  return ParseNumber<T>(text);
}

std::optional<uint8_t> ParseBool(std::string_view text) {
  if (text.size() > 5) return std::nullopt;
  const std::string word = sql::Lower(text);
  if (word == "true") return uint8_t{1};
  if (word == "false") return uint8_t{0};
  return std::nullopt;
}

Status AppendBinary(std::string_view text, ColumnBuilder* out, bool* parsed) {
  std::string bytes;
  *parsed = DecodeBase64(text, &bytes);
  return *parsed ? out->AppendBytes(bytes) : Status::OK();
}

}  // namespace

bool ParseSpecialReal(std::string_view text, double* out) {
  if (text == "NaN") {
    *out = std::numeric_limits<double>::quiet_NaN();
  } else if (text == "Infinity" || text == "+Infinity" || text == "+INF") {
    *out = std::numeric_limits<double>::infinity();
  } else if (text == "-Infinity" || text == "-INF") {
    *out = -std::numeric_limits<double>::infinity();
  } else {
    return false;
  }
  return true;
}

std::string Excerpt(std::string_view text) {
  constexpr size_t kLength = 60;
  if (text.size() <= kLength) return std::string(text);
  size_t size = kLength;
  while (size > 0 && (static_cast<uint8_t>(text[size]) & 0xc0) == 0x80) --size;
  return std::string(text.substr(0, size)) + "...";
}

Status AppendText(std::string_view text, ColumnBuilder* out, bool* parsed) {
  switch (out->id()) {
    case arrow::Type::BOOL:
      return AppendIf(ParseBool(text), out, parsed);
    case arrow::Type::INT8:
      return AppendIf(ParseNumber<int8_t>(text), out, parsed);
    case arrow::Type::INT16:
      return AppendIf(ParseNumber<int16_t>(text), out, parsed);
    case arrow::Type::INT32:
      return AppendIf(ParseNumber<int32_t>(text), out, parsed);
    case arrow::Type::INT64:
      return AppendIf(ParseNumber<int64_t>(text), out, parsed);
    case arrow::Type::FLOAT:
      return AppendIf(ParseReal<float>(text), out, parsed);
    case arrow::Type::DOUBLE:
      return AppendIf(ParseReal<double>(text), out, parsed);
    case arrow::Type::DECIMAL128: {
      const auto& type = static_cast<const arrow::Decimal128Type&>(*out->type());
      return AppendIf(ParseDecimal(text, type.precision(), type.scale()), out, parsed);
    }
    case arrow::Type::STRING:
      *parsed = simdjson::validate_utf8(text.data(), text.size());
      return *parsed ? out->AppendBytes(text) : Status::OK();
    case arrow::Type::BINARY:
      return AppendBinary(text, out, parsed);
    case arrow::Type::DATE32:
      return AppendIf(sql::ParseDate(text), out, parsed);
    case arrow::Type::TIMESTAMP:
      return AppendIf(sql::ParseTimestamp(text), out, parsed);
    default:
      *parsed = false;
      return Status::OK();
  }
}

}  // namespace headrace::format
