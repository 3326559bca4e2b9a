// Numbers as Java writes and reads them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace headrace::sql {

// Renders as Double.toString() and Float.toString() do: the shortest digits that read back,
// "1.0E10" from 10^7 on and below 10^-3. Source: the Java SE 19 API specification of
// Double.toString.
std::string JavaText(double value);
std::string JavaText(float value);

// Parses what CAST(STRING AS DOUBLE) takes: digits with an exponent, "inf", "infinity", "nan" in
// any case, a trailing d or f; spaces around are ignored.
std::optional<double> ParseDouble(std::string_view text);

// Removes what CAST ignores around a value: white space and control characters.
std::string_view TrimSpace(std::string_view text);

// The decimal digits of a number without its sign: 0.DIGITS * 10^exponent.
struct Digits {
  bool negative = false;
  std::string digits;  // without leading and trailing zeros; empty: zero
  int exponent = 0;
};
Digits ShortestDigits(double value);
Digits ShortestDigits(float value);

// Parses a plain or scientific decimal number; none where it is none, or its exponent is beyond
// +-10000.
std::optional<Digits> ParseDigits(std::string_view text);

// Renders value / 10^scale with all its digits, never with an exponent.
std::string DecimalText(__int128 value, int scale);

// Returns the integer value * 10^scale, rounded half up (or half even); none where it has more than
// 38 digits.
std::optional<__int128> RoundDigits(const Digits& digits, int scale, bool half_even = false);

}  // namespace headrace::sql
