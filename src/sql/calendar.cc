#include "sql/calendar.h"

#include <chrono>
#include <string>

namespace headrace::sql {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kDay = 86'400 * kSecond;

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const size_t start = text.find_first_not_of(kSpaces);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kSpaces) - start + 1);
}

// Takes between `digits_min` and `digits_max` digits from the front of `text`.
std::optional<int> TakeNumber(std::string_view* text, size_t digits_min, size_t digits_max) {
  size_t count = 0;
  int value = 0;
  while (count < text->size() && count < digits_max && (*text)[count] >= '0' &&
         (*text)[count] <= '9') {
    value = value * 10 + ((*text)[count++] - '0');
  }
  if (count < digits_min) return std::nullopt;
  text->remove_prefix(count);
  return value;
}

bool Take(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

std::optional<int32_t> TakeDate(std::string_view* text) {
  const auto year = TakeNumber(text, 4, 4);
  std::optional<int> month = 1;
  std::optional<int> day = 1;
  if (year && Take(text, '-')) {
    month = TakeNumber(text, 1, 2);
    if (month && Take(text, '-')) day = TakeNumber(text, 1, 2);
  }
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return static_cast<int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
}

std::optional<int64_t> TakeTime(std::string_view* text) {
  const auto hour = TakeNumber(text, 1, 2);
  if (!hour || !Take(text, ':')) return std::nullopt;
  const auto minute = TakeNumber(text, 1, 2);
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  int64_t out = (*hour * 3600 + *minute * 60) * kSecond;
  if (!Take(text, ':')) return out;
  const auto second = TakeNumber(text, 1, 2);
  if (!second || *second > 59) return std::nullopt;
  out += *second * kSecond;
  if (!Take(text, '.')) return out;
  int64_t unit = kSecond / 10;
  for (size_t digits = 0; !text->empty() && text->front() >= '0' && text->front() <= '9';
       ++digits, unit /= 10) {
    if (digits == 9) return std::nullopt;
    out += (text->front() - '0') * unit;
    text->remove_prefix(1);
  }
  return out;
}

// Takes the rest of `text` as a zone: the microseconds it is ahead of UTC.
std::optional<int64_t> TakeZone(std::string_view text) {
  text = Trim(text);
  if (text.empty() || text == "Z" || text == "UTC" || text == "GMT") return 0;
  if (text.starts_with("UTC") || text.starts_with("GMT")) text.remove_prefix(3);
  const bool west = text.front() == '-';
  if (!Take(&text, '+') && !Take(&text, '-')) return std::nullopt;
  const auto hours = TakeNumber(&text, 1, 2);
  std::optional<int> minutes = 0;
  if (hours && (Take(&text, ':') || text.size() == 2)) minutes = TakeNumber(&text, 2, 2);
  if (!hours || !minutes || !text.empty() || *minutes > 59 || *hours * 60 + *minutes > 18 * 60)
    return std::nullopt;
  const int64_t ahead = (*hours * 60 + *minutes) * 60 * kSecond;
  return west ? -ahead : ahead;
}

}  // namespace

std::optional<int32_t> ParseDate(std::string_view text) {
  text = Trim(text);
  const auto days = TakeDate(&text);
  // Spark lets a time follow and ignores it.
  if (!days || !(text.empty() || text.front() == 'T' || text.front() == ' ')) return std::nullopt;
  return days;
}

std::optional<int64_t> ParseTimestamp(std::string_view text) {
  text = Trim(text);
  const auto days = TakeDate(&text);
  if (!days) return std::nullopt;
  const int64_t midnight = *days * kDay;
  if (text.empty()) return midnight;
  if (!Take(&text, ' ') && !Take(&text, 'T')) return std::nullopt;
  const auto time = TakeTime(&text);
  const auto ahead = time ? TakeZone(text) : std::nullopt;
  if (!ahead) return std::nullopt;
  return midnight + *time - *ahead;
}

}  // namespace headrace::sql
