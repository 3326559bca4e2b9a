#include "sql/number_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace headrace::sql {
namespace {

constexpr int kExponentMax = 10'000;
constexpr int kDecimalDigitsMax = 38;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

void Normalize(Digits* number) {
  const size_t start = std::min(number->digits.find_first_not_of('0'), number->digits.size());
  number->digits.erase(0, start);
  number->exponent -= static_cast<int>(start);
  while (!number->digits.empty() && number->digits.back() == '0') number->digits.pop_back();
  if (number->digits.empty()) number->exponent = 0;
}

template <typename Float>
Digits Shortest(Float value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific);
  return ParseDigits(std::string_view(text, static_cast<size_t>(end.ptr - text))).value();
}

template <typename Float>
std::string JavaTextOf(Float value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  const std::string sign = std::signbit(value) ? "-" : "";
  if (value == 0) return sign + "0.0";
  Digits number = Shortest(value);
  if (number.digits.size() == 1) {
    // Java writes two digits at least, and those that are nearest: 4.9E-324.
    char text[64];
    const auto end =
        std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific, 1);
    number = ParseDigits(std::string_view(text, static_cast<size_t>(end.ptr - text))).value();
  }
  const std::string& digits = number.digits;
  const int point = number.exponent;  // digits before the point
  if (point > 7 || point < -2) {
    return sign + digits[0] + "." + (digits.size() > 1 ? digits.substr(1) : "0") + "E" +
           std::to_string(point - 1);
  }
  if (point <= 0) return sign + "0." + std::string(static_cast<size_t>(-point), '0') + digits;
  const auto whole = static_cast<size_t>(point);
  if (digits.size() <= whole) return sign + digits + std::string(whole - digits.size(), '0') + ".0";
  return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

bool EqualsWord(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

}  // namespace

std::string JavaText(double value) { return JavaTextOf(value); }
std::string JavaText(float value) { return JavaTextOf(value); }

std::string_view TrimSpace(std::string_view text) {
  const auto is_space = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7F; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<double> ParseDouble(std::string_view text) {
  text = TrimSpace(text);
  std::string_view word = text;
  const bool negative = word.starts_with('-');
  if (negative || word.starts_with('+')) word.remove_prefix(1);
  if (EqualsWord(word, "infinity") || EqualsWord(word, "inf")) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    return negative ? -kInfinity : kInfinity;
  }
  if (EqualsWord(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  if (!word.empty() && std::string_view("dDfF").find(word.back()) != std::string_view::npos) {
    text.remove_suffix(1);
  }
  if (!ParseDigits(text)) return std::nullopt;
  return std::strtod(std::string(text).c_str(), nullptr);
}

Digits ShortestDigits(double value) { return Shortest(value); }
Digits ShortestDigits(float value) { return Shortest(value); }

std::optional<Digits> ParseDigits(std::string_view text) {
  Digits number;
  number.negative = text.starts_with('-');
  if (number.negative || text.starts_with('+')) text.remove_prefix(1);
  size_t at = 0;
  while (at < text.size() && IsDigit(text[at])) number.digits += text[at++];
  number.exponent = static_cast<int>(number.digits.size());
  if (at < text.size() && text[at] == '.') {
    ++at;
    while (at < text.size() && IsDigit(text[at])) number.digits += text[at++];
  }
  if (number.digits.empty()) return std::nullopt;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && text[at] == '+') ++at;
    int exponent = 0;
    const auto end = std::from_chars(text.data() + at, text.data() + text.size(), exponent);
    if (end.ec != std::errc() || std::abs(exponent) > kExponentMax) return std::nullopt;
    at = static_cast<size_t>(end.ptr - text.data());
    number.exponent += exponent;
  }
  if (at != text.size()) return std::nullopt;
  Normalize(&number);
  return number;
}

std::string DecimalText(__int128 value, int scale) {
  const bool negative = value < 0;
  std::string digits;
  for (unsigned __int128 rest = negative ? -static_cast<unsigned __int128>(value)
                                         : static_cast<unsigned __int128>(value);
       rest > 0; rest /= 10) {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  }
  const auto width = static_cast<size_t>(scale) + 1;
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  if (scale > 0) digits.insert(digits.end() - scale, '.');
  return fmt::format("{}{}", negative ? "-" : "", digits);
}

std::optional<__int128> RoundDigits(const Digits& number, int scale, bool half_even) {
  const int kept = number.exponent + scale;  // digits that stay
  if (number.digits.empty() || kept < 0) return 0;
  if (kept > kDecimalDigitsMax) return std::nullopt;
  __int128 value = 0;
  for (int i = 0; i < kept; ++i) {
    const bool there = static_cast<size_t>(i) < number.digits.size();
    value = value * 10 + (there ? number.digits[static_cast<size_t>(i)] - '0' : 0);
  }
  const auto next = static_cast<size_t>(kept);
  if (next < number.digits.size()) {
    const char digit = number.digits[next];
    const bool tie = digit == '5' && next + 1 == number.digits.size();
    if (half_even && tie ? value % 2 == 1 : digit >= '5') ++value;
  }
  return number.negative ? -value : value;
}

}  // namespace headrace::sql
