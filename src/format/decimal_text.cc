#include "format/decimal_text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace headrace::format {
namespace {

constexpr int kDigitsMax = 38;

constexpr std::array<Int128, kDigitsMax + 1> MakePowersOfTen() {
  std::array<Int128, kDigitsMax + 1> powers{1};
  for (int i = 1; i <= kDigitsMax; ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}
constexpr std::array<Int128, kDigitsMax + 1> kPowersOfTen = MakePowersOfTen();

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

size_t CountDigits(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && IsDigit(text[count])) ++count;
  return count;
}

// The parts of a number: -<whole>.<fraction>e<exponent>.
struct Parts {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  int64_t exponent = 0;
};

// Takes "e-12" from the front; false where there is an e without digits.
bool TakeExponent(std::string_view* text, int64_t* exponent) {
  if (text->empty() || (text->front() != 'e' && text->front() != 'E')) return true;
  text->remove_prefix(1);
  const bool negative = text->starts_with('-');
  if (text->starts_with('+')) text->remove_prefix(1);
  const size_t digits = CountDigits(text->substr(negative ? 1 : 0));
  if (digits == 0) return false;
  const char* end = text->data() + digits + (negative ? 1 : 0);
  // Beyond any precision it is no matter by how much.
  if (std::from_chars(text->data(), end, *exponent).ec != std::errc())
    *exponent = negative ? -1'000'000'000 : 1'000'000'000;
  *exponent = std::clamp<int64_t>(*exponent, -1'000'000'000, 1'000'000'000);
  text->remove_prefix(static_cast<size_t>(end - text->data()));
  return true;
}

std::optional<Parts> Split(std::string_view text) {
  Parts parts;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    parts.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  parts.whole = text.substr(0, CountDigits(text));
  text.remove_prefix(parts.whole.size());
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    parts.fraction = text.substr(0, CountDigits(text));
    text.remove_prefix(parts.fraction.size());
  }
  if (parts.whole.empty() && parts.fraction.empty()) return std::nullopt;
  if (!TakeExponent(&text, &parts.exponent) || !text.empty()) return std::nullopt;
  return parts;
}

}  // namespace

bool IsJsonNumber(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  const size_t whole = CountDigits(text);
  if (whole == 0 || (whole > 1 && text.front() == '0')) return false;
  text.remove_prefix(whole);
  if (!text.empty() && text.front() == '.') {
    const size_t fraction = CountDigits(text.substr(1));
    if (fraction == 0) return false;
    text.remove_prefix(1 + fraction);
  }
  int64_t exponent = 0;
  return TakeExponent(&text, &exponent) && text.empty();
}

std::optional<Int128> ParseDecimal(std::string_view text, int precision, int scale) {
  const std::optional<Parts> parts = Split(text);
  if (!parts.has_value()) return std::nullopt;
  // Digit i of the number has the weight 10^(size of whole + exponent - 1 - i); the digits down to
  // 10^-scale are kept.
  const auto digits = static_cast<int64_t>(parts->whole.size() + parts->fraction.size());
  const int64_t kept = static_cast<int64_t>(parts->whole.size()) + parts->exponent + scale;
  const auto digit = [&](int64_t i) {
    if (i < 0 || i >= digits) return 0;
    const auto index = static_cast<size_t>(i);
    return index < parts->whole.size() ? parts->whole[index] - '0'
                                       : parts->fraction[index - parts->whole.size()] - '0';
  };
  int64_t first = 0;
  while (first < digits && digit(first) == 0) ++first;
  if (first == digits) return 0;
  if (kept - first > kDigitsMax) return std::nullopt;
  Int128 value = 0;
  for (int64_t i = first; i < kept; ++i) value = value * 10 + digit(i);
  if (digit(kept) >= 5 && kept >= 0) ++value;
  if (value >= kPowersOfTen[precision]) return std::nullopt;
  return parts->negative ? -value : value;
}

void WriteDecimal(Int128 value, int scale, std::string* out) {
  char digits[48];
  int size = 0;
  auto magnitude = static_cast<unsigned __int128>(value < 0 ? -value : value);
  do {
    digits[size++] = static_cast<char>('0' + static_cast<int>(magnitude % 10));
    magnitude /= 10;
  } while (magnitude != 0 || size <= scale);
  if (value < 0) out->push_back('-');
  while (size > 0) {
    if (size == scale) out->push_back('.');
    out->push_back(digits[--size]);
  }
}

}  // namespace headrace::format
