// CAST where DuckDB's differs: strings are trimmed, "1.5" is no integer, a double renders as in
// Java, decimals round half up in decimal digits.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "sql/calendar.h"
#include "sql/native_rows.h"
#include "sql/number_text.h"
#include "sql/time_pattern.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

using arrow::Type;
using Text = std::string_view;

constexpr int64_t kSecond = 1'000'000;

// Fails, or gives null for TRY_CAST.
class Refusal {
 public:
  explicit Refusal(NativeRows* rows) : rows_(rows), silent_(rows->use().kernel == "try_cast") {}

  std::nullopt_t Malformed(const std::string& value) {
    return Fail("CAST_INVALID_INPUT", value, "it is malformed");
  }
  std::nullopt_t Overflow(const std::string& value) {
    return Fail("CAST_OVERFLOW", value, "of an overflow");
  }
  std::nullopt_t Unsupported(const std::string& value) {
    return Fail("NUMERIC_OUT_OF_SUPPORTED_RANGE", value, "it has more than 38 digits");
  }
  std::nullopt_t OutOfRange(const std::string& value) {
    return Fail("NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", value, "it is out of range");
  }

 private:
  std::nullopt_t Fail(const char* error_class, const std::string& value, const char* why) {
    if (!silent_) {
      rows_->Fail(
          fmt::format("[{}] The value {} of the type \"{}\" cannot be cast to \"{}\" because "
                      "{}. Use `try_cast` to tolerate malformed input and return NULL "
                      "instead.",
                      error_class, value, TypeName(*rows_->use().arguments[0]),
                      TypeName(*rows_->use().result), why));
    }
    return std::nullopt;
  }

  NativeRows* rows_;
  bool silent_;
};

std::string Quoted(Text text) { return fmt::format("'{}'", text); }

const arrow::Decimal128Type& DecimalOf(const TypePtr& type) {
  return static_cast<const arrow::Decimal128Type&>(*type);
}

// Fits a number into the decimal type of the result.
std::optional<Int128> ToDecimal(const Digits& number, const NativeUse& use) {
  const auto& type = DecimalOf(use.result);
  const auto value = RoundDigits(number, type.scale());
  if (!value) return std::nullopt;
  Int128 bound = 1;
  for (int i = 0; i < type.precision(); ++i) bound *= 10;
  if (*value >= bound || *value <= -bound) return std::nullopt;
  return value;
}

template <typename T>
void StringToInteger(const NativeUse&, NativeRows& rows) {
  Refusal refusal(&rows);
  rows.Map<T, Text>([&](Text text) -> std::optional<T> {
    Text digits = TrimSpace(text);
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    if (digits.empty()) return refusal.Malformed(Quoted(text));
    Int128 value = 0;
    for (const char c : digits) {
      if (c < '0' || c > '9') return refusal.Malformed(Quoted(text));
      value = std::min<Int128>(value * 10 + (c - '0'), Int128{1} << 64);
    }
    if (negative) value = -value;
    if (value > std::numeric_limits<T>::max() || value < std::numeric_limits<T>::min()) {
      return refusal.Malformed(Quoted(text));
    }
    return static_cast<T>(value);
  });
}

template <typename T>
void StringToFloat(const NativeUse&, NativeRows& rows) {
  Refusal refusal(&rows);
  rows.Map<T, Text>([&](Text text) -> std::optional<T> {
    const auto value = ParseDouble(text);
    if (!value) return refusal.Malformed(Quoted(text));
    return static_cast<T>(*value);
  });
}

void StringToDecimal(const NativeUse& use, NativeRows& rows) {
  Refusal refusal(&rows);
  rows.Map<Int128, Text>([&](Text text) -> std::optional<Int128> {
    const auto number = ParseDigits(TrimSpace(text));
    if (!number) return refusal.Malformed(Quoted(text));
    if (number->exponent > 38) return refusal.Unsupported(Quoted(text));
    const auto value = ToDecimal(*number, use);
    if (!value) return refusal.OutOfRange(Quoted(text));
    return value;
  });
}

void StringToBoolean(const NativeUse&, NativeRows& rows) {
  Refusal refusal(&rows);
  rows.Map<bool, Text>([&](Text text) -> std::optional<bool> {
    std::string word(TrimSpace(text));
    for (char& c : word) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    if (word == "true" || word == "t" || word == "yes" || word == "y" || word == "1") return true;
    if (word == "false" || word == "f" || word == "no" || word == "n" || word == "0") return false;
    return refusal.Malformed(Quoted(text));
  });
}

void StringToDate(const NativeUse&, NativeRows& rows) {
  Refusal refusal(&rows);
  rows.Map<int32_t, Text>([&](Text text) -> std::optional<int32_t> {
    // What follows the day after a space or T is ignored.
    const Text trimmed = TrimSpace(text);
    const auto days = ParseDate(trimmed.substr(0, trimmed.find_first_of(" T")));
    if (!days) return refusal.Malformed(Quoted(text));
    return days;
  });
}

// TIMESTAMP_NTZ is what a clock on the wall shows: a zone is dropped.
Text WithoutZone(Text text) {
  const size_t time = text.find(':');
  return time == Text::npos ? text : text.substr(0, text.find_first_of("+-ZUG", time));
}

void StringToTimestamp(const NativeUse& use, NativeRows& rows) {
  Refusal refusal(&rows);
  const bool has_zone = IsUtcTimestamp(*use.result);
  rows.Map<int64_t, Text>([&](Text text) -> std::optional<int64_t> {
    const Text trimmed = TrimSpace(text);
    const auto time = ParseTimestamp(has_zone ? trimmed : TrimSpace(WithoutZone(trimmed)));
    if (!time) return refusal.Malformed(Quoted(text));
    return time;
  });
}

template <typename In>
void FloatToText(const NativeUse&, NativeRows& rows) {
  rows.Map<std::string, In>([](In value) { return JavaText(value); });
}

void DateToText(const NativeUse&, NativeRows& rows) {
  rows.Map<std::string, int32_t>([](int32_t days) { return DateText(days); });
}

void TimestampToText(const NativeUse&, NativeRows& rows) {
  rows.Map<std::string, int64_t>([](int64_t time) { return TimestampText(time); });
}

void CopyBytes(const NativeUse&, NativeRows& rows) {
  rows.Map<std::string, Text>([](Text text) { return std::string(text); });
}

// Drops the fraction. The bounds are those of the type as a double.
template <typename In, typename T>
void FloatToInteger(const NativeUse&, NativeRows& rows) {
  Refusal refusal(&rows);
  rows.Map<T, In>([&](In value) -> std::optional<T> {
    constexpr auto kMax = static_cast<double>(std::numeric_limits<T>::max());
    constexpr auto kMin = static_cast<double>(std::numeric_limits<T>::min());
    const auto wide = static_cast<double>(value);
    if (!(std::floor(wide) <= kMax && std::ceil(wide) >= kMin)) {
      return refusal.Overflow(JavaText(value));
    }
    // The double next to BIGINT's largest is one more than that.
    if (wide >= 9223372036854775808.0) return std::numeric_limits<T>::max();
    return static_cast<T>(wide);
  });
}

void DecimalToText(const NativeUse& use, NativeRows& rows) {
  const int scale = DecimalOf(use.arguments[0]).scale();
  rows.Map<std::string, Int128>([&](Int128 value) { return DecimalText(value, scale); });
}

void DoubleToFloat(const NativeUse&, NativeRows& rows) {
  rows.Map<float, double>([](double value) { return static_cast<float>(value); });
}

template <typename In>
void FloatToDecimal(const NativeUse& use, NativeRows& rows) {
  Refusal refusal(&rows);
  rows.Map<Int128, In>([&](In value) -> std::optional<Int128> {
    if (std::isnan(value) || std::isinf(value)) return std::nullopt;
    const auto decimal = ToDecimal(ShortestDigits(static_cast<double>(value)), use);
    if (!decimal) return refusal.OutOfRange(JavaText(value));
    return decimal;
  });
}

template <typename In>
void IntegerToDecimal(const NativeUse& use, NativeRows& rows) {
  Refusal refusal(&rows);
  rows.Map<Int128, In>([&](In value) -> std::optional<Int128> {
    const std::string text = std::to_string(value);
    const auto decimal = ToDecimal(*ParseDigits(text), use);
    if (!decimal) return refusal.OutOfRange(text);
    return decimal;
  });
}

void DecimalToDecimal(const NativeUse& use, NativeRows& rows) {
  Refusal refusal(&rows);
  const int scale = DecimalOf(use.arguments[0]).scale();
  rows.Map<Int128, Int128>([&](Int128 value) -> std::optional<Int128> {
    const std::string text = DecimalText(value, scale);
    const auto decimal = ToDecimal(*ParseDigits(text), use);
    if (!decimal) return refusal.OutOfRange(text);
    return decimal;
  });
}

template <typename T>
void DecimalToFloat(const NativeUse& use, NativeRows& rows) {
  const int scale = DecimalOf(use.arguments[0]).scale();
  rows.Map<T, Int128>([&](Int128 value) {
    const std::string text = DecimalText(value, scale);
    return std::is_same_v<T, float> ? static_cast<T>(std::strtof(text.c_str(), nullptr))
                                    : static_cast<T>(std::strtod(text.c_str(), nullptr));
  });
}

// Seconds to a timestamp; what is out of range becomes the nearest.
int64_t SaturatedMicros(Int128 micros) {
  const Int128 highest = std::numeric_limits<int64_t>::max();
  const Int128 lowest = std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(std::min(std::max(micros, lowest), highest));
}

template <typename In>
void IntegerToTimestamp(const NativeUse&, NativeRows& rows) {
  rows.Map<int64_t, In>([](In seconds) { return SaturatedMicros(Int128{seconds} * kSecond); });
}

template <typename In>
void FloatToTimestamp(const NativeUse&, NativeRows& rows) {
  Refusal refusal(&rows);
  rows.Map<int64_t, In>([&](In seconds) -> std::optional<int64_t> {
    if (std::isnan(seconds) || std::isinf(seconds)) return refusal.Malformed(JavaText(seconds));
    const double micros = static_cast<double>(seconds) * kSecond;
    if (std::fabs(micros) >= 9223372036854775808.0) return refusal.Overflow(JavaText(seconds));
    return static_cast<int64_t>(micros);
  });
}

void DecimalToTimestamp(const NativeUse& use, NativeRows& rows) {
  const int scale = DecimalOf(use.arguments[0]).scale();
  rows.Map<int64_t, Int128>([&](Int128 value) {
    Int128 micros = value;
    for (int i = scale; i < 6; ++i) micros *= 10;
    for (int i = scale; i > 6; --i) micros /= 10;
    return SaturatedMicros(micros);
  });
}

template <typename T>
void TimestampToInteger(const NativeUse&, NativeRows& rows) {
  Refusal refusal(&rows);
  rows.Map<T, int64_t>([&](int64_t time) -> std::optional<T> {
    const int64_t seconds = time / kSecond - (time % kSecond < 0 ? 1 : 0);
    if (seconds > std::numeric_limits<T>::max() || seconds < std::numeric_limits<T>::min()) {
      return refusal.Overflow(fmt::format("TIMESTAMP '{}'", TimestampText(time)));
    }
    return static_cast<T>(seconds);
  });
}

template <typename T>
void TimestampToFloat(const NativeUse&, NativeRows& rows) {
  rows.Map<T, int64_t>(
      [](int64_t time) { return static_cast<T>(static_cast<double>(time) / kSecond); });
}

void TimestampToDecimal(const NativeUse& use, NativeRows& rows) {
  Refusal refusal(&rows);
  rows.Map<Int128, int64_t>([&](int64_t time) -> std::optional<Int128> {
    const std::string text = DecimalText(time, 6);
    const auto decimal = ToDecimal(*ParseDigits(text), use);
    if (!decimal) return refusal.OutOfRange(text);
    return decimal;
  });
}

void BooleanToDecimal(const NativeUse& use, NativeRows& rows) {
  rows.Map<Int128, bool>(
      [&](bool value) { return ToDecimal(*ParseDigits(value ? "1" : "0"), use); });
}

NativeFunction FromString(const TypePtr& to) {
  switch (to->id()) {
    case Type::BOOL:
      return StringToBoolean;
    case Type::INT8:
      return StringToInteger<int8_t>;
    case Type::INT16:
      return StringToInteger<int16_t>;
    case Type::INT32:
      return StringToInteger<int32_t>;
    case Type::INT64:
      return StringToInteger<int64_t>;
    case Type::FLOAT:
      return StringToFloat<float>;
    case Type::DOUBLE:
      return StringToFloat<double>;
    case Type::DECIMAL128:
      return StringToDecimal;
    case Type::DATE32:
      return StringToDate;
    case Type::TIMESTAMP:
      return StringToTimestamp;
    case Type::BINARY:
      return CopyBytes;
    default:
      return nullptr;
  }
}

template <typename In>
NativeFunction FromInteger(const TypePtr& to) {
  if (to->id() == Type::DECIMAL128) return IntegerToDecimal<In>;
  return to->id() == Type::TIMESTAMP ? IntegerToTimestamp<In> : nullptr;
}

template <typename In>
NativeFunction FromFloat(const TypePtr& to) {
  switch (to->id()) {
    case Type::INT8:
      return FloatToInteger<In, int8_t>;
    case Type::INT16:
      return FloatToInteger<In, int16_t>;
    case Type::INT32:
      return FloatToInteger<In, int32_t>;
    case Type::INT64:
      return FloatToInteger<In, int64_t>;
    case Type::STRING:
      return FloatToText<In>;
    case Type::FLOAT:
      return std::is_same_v<In, double> ? DoubleToFloat : nullptr;
    case Type::DECIMAL128:
      return FloatToDecimal<In>;
    case Type::TIMESTAMP:
      return FloatToTimestamp<In>;
    default:
      return nullptr;
  }
}

NativeFunction FromDecimal(const TypePtr& to) {
  switch (to->id()) {
    case Type::STRING:
      return DecimalToText;
    case Type::DECIMAL128:
      return DecimalToDecimal;
    case Type::FLOAT:
      return DecimalToFloat<float>;
    case Type::DOUBLE:
      return DecimalToFloat<double>;
    case Type::TIMESTAMP:
      return DecimalToTimestamp;
    default:
      return nullptr;
  }
}

NativeFunction FromTimestamp(const TypePtr& to) {
  switch (to->id()) {
    case Type::STRING:
      return TimestampToText;
    case Type::INT8:
      return TimestampToInteger<int8_t>;
    case Type::INT16:
      return TimestampToInteger<int16_t>;
    case Type::INT32:
      return TimestampToInteger<int32_t>;
    case Type::INT64:
      return TimestampToInteger<int64_t>;
    case Type::FLOAT:
      return TimestampToFloat<float>;
    case Type::DOUBLE:
      return TimestampToFloat<double>;
    case Type::DECIMAL128:
      return TimestampToDecimal;
    default:
      return nullptr;
  }
}

}  // namespace

NativeFunction FindCastNative(const NativeUse& use) {
  if (use.kernel != "cast" && use.kernel != "try_cast") return nullptr;
  const TypePtr& to = use.result;
  switch (use.arguments[0]->id()) {
    case Type::STRING:
      return FromString(to);
    case Type::INT8:
      return FromInteger<int8_t>(to);
    case Type::INT16:
      return FromInteger<int16_t>(to);
    case Type::INT32:
      return FromInteger<int32_t>(to);
    case Type::INT64:
      return FromInteger<int64_t>(to);
    case Type::FLOAT:
      return FromFloat<float>(to);
    case Type::DOUBLE:
      return FromFloat<double>(to);
    case Type::DECIMAL128:
      return FromDecimal(to);
    case Type::TIMESTAMP:
      return FromTimestamp(to);
    case Type::BOOL:
      return to->id() == Type::DECIMAL128 ? BooleanToDecimal : nullptr;
    case Type::DATE32:
      return to->id() == Type::STRING ? DateToText : nullptr;
    case Type::BINARY:
      return to->id() == Type::STRING ? CopyBytes : nullptr;
    default:
      return nullptr;
  }
}

}  // namespace headrace::sql
