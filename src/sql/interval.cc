#include "sql/interval.h"

#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "sql/names.h"

namespace headrace::sql {
namespace {

constexpr int64_t kSecond = 1'000'000;

struct Unit {
  std::string_view name;
  Interval length;
};

constexpr std::array<Unit, 9> kUnits = {{{"year", {12, 0}},
                                         {"month", {1, 0}},
                                         {"week", {0, 7 * 86400 * kSecond}},
                                         {"day", {0, 86400 * kSecond}},
                                         {"hour", {0, 3600 * kSecond}},
                                         {"minute", {0, 60 * kSecond}},
                                         {"second", {0, kSecond}},
                                         {"millisecond", {0, 1000}},
                                         {"microsecond", {0, 1}}}};

std::optional<int64_t> ParseInteger(std::string_view text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || at != end) return std::nullopt;
  return value;
}

std::vector<std::string_view> Words(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  std::vector<std::string_view> words;
  while (true) {
    const size_t start = text.find_first_not_of(kSpaces);
    if (start == std::string_view::npos) return words;
    text.remove_prefix(start);
    const size_t end = std::min(text.find_first_of(kSpaces), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::optional<Interval> Multiply(int64_t count, const Interval& unit) {
  Interval out;
  if (__builtin_mul_overflow(count, unit.months, &out.months) ||
      __builtin_mul_overflow(count, unit.microseconds, &out.microseconds))
    return std::nullopt;
  return out;
}

// The digits after the point of a number of seconds, at most six count.
std::optional<int64_t> ParseFraction(std::string_view digits) {
  if (digits.empty() || digits.size() > 9 ||
      digits.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  std::string padded(digits.substr(0, 6));
  padded.resize(6, '0');
  return ParseInteger(padded);
}

// Where the units of a range stand in kUnits, and what is written before each.
constexpr std::array<std::string_view, 6> kRangeUnits = {"year", "month",  "day",
                                                         "hour", "minute", "second"};
constexpr std::array<char, 6> kSeparators = {'\0', '-', '\0', ' ', ':', ':'};

}  // namespace

std::optional<Interval> UnitOf(std::string_view name) {
  if (!name.empty() && ToLower(name.back()) == 's') name.remove_suffix(1);
  for (const Unit& unit : kUnits) {
    if (SameName(unit.name, name)) return unit.length;
  }
  return std::nullopt;
}

std::optional<Interval> Add(const Interval& a, const Interval& b) {
  Interval out;
  if (__builtin_add_overflow(a.months, b.months, &out.months) ||
      __builtin_add_overflow(a.microseconds, b.microseconds, &out.microseconds))
    return std::nullopt;
  return out;
}

std::optional<Interval> ParseQuantity(std::string_view number, const Interval& unit) {
  bool negative = false;
  if (!number.empty() && (number[0] == '-' || number[0] == '+')) {
    negative = number[0] == '-';
    number.remove_prefix(1);
  }
  if (number.empty() || number[0] == '-') return std::nullopt;
  std::optional<Interval> value;
  const size_t point = number.find('.');
  if (point == std::string_view::npos) {
    const auto count = ParseInteger(number);
    if (count) value = Multiply(*count, unit);
  } else if (unit.microseconds == kSecond) {
    const auto count = point == 0 ? 0 : ParseInteger(number.substr(0, point));
    const auto fraction = ParseFraction(number.substr(point + 1));
    const auto whole = count ? Multiply(*count, unit) : std::nullopt;
    if (whole && fraction) value = Add(*whole, Interval{0, *fraction});
  }
  if (value && negative) value = Interval{-value->months, -value->microseconds};
  return value;
}

std::optional<Interval> ParseInterval(std::string_view text) {
  std::vector<std::string_view> words = Words(text);
  if (!words.empty() && SameName(words[0], "interval")) words.erase(words.begin());
  if (words.empty() || words.size() % 2 != 0) return std::nullopt;
  Interval total;
  for (size_t i = 0; i < words.size(); i += 2) {
    const auto unit = UnitOf(words[i + 1]);
    const auto part = unit ? ParseQuantity(words[i], *unit) : std::nullopt;
    const auto sum = part ? Add(total, *part) : std::nullopt;
    if (!sum) return std::nullopt;
    total = *sum;
  }
  return total;
}

std::optional<Interval> ParseIntervalRange(std::string_view text, std::string_view from,
                                           std::string_view to) {
  size_t first = 0;
  size_t last = 0;
  while (first < kRangeUnits.size() && !SameName(kRangeUnits[first], from)) ++first;
  while (last < kRangeUnits.size() && !SameName(kRangeUnits[last], to)) ++last;
  if (last >= kRangeUnits.size() || first >= last || (first < 2) != (last < 2)) return std::nullopt;
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  Interval total;
  for (size_t i = first; i <= last; ++i) {
    const size_t end = i == last ? text.size() : text.find(kSeparators[i + 1]);
    if (end == std::string_view::npos || text.empty() || text[0] == '-' || text[0] == '+')
      return std::nullopt;
    const auto part = ParseQuantity(text.substr(0, end), *UnitOf(kRangeUnits[i]));
    const auto sum = part ? Add(total, *part) : std::nullopt;
    if (!sum) return std::nullopt;
    total = *sum;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (negative) total = {-total.months, -total.microseconds};
  return total;
}

}  // namespace headrace::sql
