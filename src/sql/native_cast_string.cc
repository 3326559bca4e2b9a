// CAST of strings: spaces around are ignored, "1.5" is no integer, what isn't a value is an error.
#include <algorithm>
#include <limits>

#include "sql/calendar.h"
#include "sql/native_cast.h"

namespace headrace::sql {
namespace {

using arrow::Type;
using Text = std::string_view;

std::string Quoted(Text text) { return fmt::format("'{}'", text); }

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

void CopyBytes(const NativeUse&, NativeRows& rows) {
  rows.Map<std::string, Text>([](Text text) { return std::string(text); });
}

}  // namespace

NativeFunction FindStringCast(const TypePtr& to) {
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

}  // namespace headrace::sql
