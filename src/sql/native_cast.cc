// CAST where DuckDB's differs: a double renders as in Java, decimals round half up in decimal
// digits.
#include "sql/native_cast.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "sql/time_pattern.h"

namespace headrace::sql {
namespace {

using arrow::Type;
using Text = std::string_view;

constexpr int64_t kSecond = 1'000'000;

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
      return FindStringCast(to);
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
