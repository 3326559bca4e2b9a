#include "sql/time_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace headrace::sql {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kDay = 86'400 * kSecond;
constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                   "Friday", "Saturday", "Sunday"};

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// How often a letter may stand in a row.
const std::map<char, int>& LetterCounts() {
  static const auto* counts =
      new std::map<char, int>{{'y', 6}, {'M', 4}, {'L', 4}, {'d', 2}, {'E', 4}, {'a', 1}, {'H', 2},
                              {'h', 2}, {'K', 2}, {'k', 2}, {'m', 2}, {'s', 2}, {'S', 9}, {'D', 3},
                              {'Q', 4}, {'q', 4}, {'X', 5}, {'x', 5}, {'Z', 5}, {'V', 2}, {'z', 4}};
  return *counts;
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string YearText(int64_t year, int count) {
  if (count == 2) return fmt::format("{:02}", ((year % 100) + 100) % 100);
  const std::string sign = year < 0 ? "-" : year > 9999 && count >= 4 ? "+" : "";
  return sign + fmt::format("{:0{}}", std::abs(year), count);
}

std::string MonthText(int month, int count) {
  const std::string_view name = kMonths[static_cast<size_t>(month - 1)];
  return std::string(count == 3 ? name.substr(0, 3) : name);
}

std::string ZoneText(char letter, int count) {
  if (letter == 'X') return "Z";
  if (letter == 'V') return "UTC";
  if (letter == 'z') return count == 4 ? "Coordinated Universal Time" : "UTC";
  if (letter == 'x') return count == 1 ? "+00" : count % 2 == 0 ? "+0000" : "+00:00";
  return count == 4 ? "GMT" : count == 5 ? "Z" : "+0000";
}

std::string NumberText(int64_t value, int width) { return fmt::format("{:0{}}", value, width); }

std::string QuarterText(int quarter, int count) {
  if (count <= 2) return NumberText(quarter, count);
  if (count == 3) return fmt::format("Q{}", quarter);
  constexpr std::array<std::string_view, 4> kOrdinals = {"1st", "2nd", "3rd", "4th"};
  return fmt::format("{} quarter", kOrdinals[static_cast<size_t>(quarter - 1)]);
}

// One letter of a pattern, for a day (and its zone).
std::string DayText(int64_t days, char letter, int count) {
  const CivilDay civil = CivilOf(days);
  const std::string_view weekday = kDays[static_cast<size_t>(((days + 3) % 7 + 7) % 7)];
  switch (letter) {
    case 'y':
      return YearText(civil.year, count);
    case 'M':
    case 'L':
      return count <= 2 ? NumberText(civil.month, count) : MonthText(civil.month, count);
    case 'd':
      return NumberText(civil.day, count);
    case 'D':
      return NumberText(days - DaysOf({civil.year, 1, 1}) + 1, count);
    case 'E':
      return std::string(count == 4 ? weekday : weekday.substr(0, 3));
    case 'Q':
    case 'q':
      return QuarterText((civil.month + 2) / 3, count);
    default:
      return ZoneText(letter, count);
  }
}

// One letter of a pattern, for the microseconds since midnight.
std::string ClockText(int64_t time, char letter, int count) {
  const int64_t hour = time / (3600 * kSecond);
  switch (letter) {
    case 'a':
      return hour < 12 ? "AM" : "PM";
    case 'H':
      return NumberText(hour, count);
    case 'k':
      return NumberText(hour == 0 ? 24 : hour, count);
    case 'K':
      return NumberText(hour % 12, count);
    case 'h':
      return NumberText(hour % 12 == 0 ? 12 : hour % 12, count);
    case 'm':
      return NumberText(time / (60 * kSecond) % 60, count);
    case 's':
      return NumberText(time / kSecond % 60, count);
    default:  // S
      return fmt::format("{:06}000", time % kSecond).substr(0, static_cast<size_t>(count));
  }
}

bool TakeNumber(std::string_view* text, int digits_min, int digits_max, int* value) {
  int digits = 0;
  *value = 0;
  while (digits < digits_max && static_cast<size_t>(digits) < text->size() &&
         (*text)[static_cast<size_t>(digits)] >= '0' &&
         (*text)[static_cast<size_t>(digits)] <= '9') {
    *value = *value * 10 + ((*text)[static_cast<size_t>(digits++)] - '0');
  }
  text->remove_prefix(static_cast<size_t>(digits));
  return digits >= digits_min;
}

template <size_t kCount>
bool TakeName(std::string_view* text, const std::array<std::string_view, kCount>& names,
              bool is_short, int* value) {
  for (size_t i = 0; i < kCount; ++i) {
    const std::string_view name = is_short ? names[i].substr(0, 3) : names[i];
    if (!text->starts_with(name)) continue;
    text->remove_prefix(name.size());
    *value = static_cast<int>(i) + 1;
    return true;
  }
  return false;
}

// Takes AM (1) or PM (2).
bool TakeHalf(std::string_view* text, int* half) {
  *half = text->starts_with("AM") ? 1 : text->starts_with("PM") ? 2 : 0;
  if (*half > 0) text->remove_prefix(2);
  return *half > 0;
}

// Takes from one to `digits_max` digits of a fraction of a second.
bool TakeFraction(std::string_view* text, int digits_max, int64_t* microseconds) {
  int digits = 0;
  int64_t nanoseconds = 0;
  while (digits < digits_max && !text->empty() && text->front() >= '0' && text->front() <= '9') {
    nanoseconds = nanoseconds * 10 + (text->front() - '0');
    text->remove_prefix(1);
    ++digits;
  }
  for (int i = digits; i < 9; ++i) nanoseconds *= 10;
  *microseconds = nanoseconds / 1000;
  return digits > 0;
}

// Takes "Z", "UTC", "+01:00", "+0100", "+01": the minutes ahead of UTC.
bool TakeZone(std::string_view* text, int* minutes) {
  for (const std::string_view zero : {"Z", "UTC", "GMT"}) {
    if (!text->starts_with(zero)) continue;
    text->remove_prefix(zero.size());
    *minutes = 0;
    return true;
  }
  if (text->empty() || (text->front() != '+' && text->front() != '-')) return false;
  const int sign = text->front() == '-' ? -1 : 1;
  text->remove_prefix(1);
  int hour = 0;
  int minute = 0;
  if (!TakeNumber(text, 2, 2, &hour)) return false;
  if (text->starts_with(':')) text->remove_prefix(1);
  if (!text->empty() && text->front() >= '0' && text->front() <= '9' &&
      !TakeNumber(text, 2, 2, &minute)) {
    return false;
  }
  *minutes = sign * (hour * 60 + minute);
  return hour <= 18 && minute < 60;
}

}  // namespace

// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
CivilDay CivilOf(int64_t days) {
  days += 719468;
  const int64_t era = FloorDiv(days, 146097);
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<int>(day_of_year - (153 * shifted + 2) / 5 + 1);
  const auto month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

int64_t DaysOf(const CivilDay& civil) {
  const int64_t year = civil.year - (civil.month <= 2 ? 1 : 0);
  const int64_t era = FloorDiv(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year =
      (153 * (civil.month > 2 ? civil.month - 3 : civil.month + 9) + 2) / 5 + civil.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

int DaysInMonth(int64_t year, int month) {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

std::string DateText(int64_t days) {
  const CivilDay civil = CivilOf(days);
  return fmt::format("{}-{:02}-{:02}", YearText(civil.year, 4), civil.month, civil.day);
}

std::string TimestampText(int64_t microseconds) {
  const int64_t days = FloorDiv(microseconds, kDay);
  const int64_t rest = microseconds - days * kDay;
  const int64_t seconds = rest / kSecond;
  std::string text = fmt::format("{} {:02}:{:02}:{:02}", DateText(days), seconds / 3600,
                                 seconds / 60 % 60, seconds % 60);
  if (rest % kSecond == 0) return text;
  text += fmt::format(".{:06}", rest % kSecond);
  return text.substr(0, text.find_last_not_of('0') + 1);
}

Result<TimePattern> TimePattern::Parse(std::string_view pattern) {
  TimePattern parsed;
  const auto refuse = [&] {
    return UserError("[INVALID_DATETIME_PATTERN] headrace doesn't know the pattern '" +
                         std::string(pattern) + "'",
                     "the letters are y M L d E a H h K k m s S D Q q X x Z V z");
  };
  int depth = 0;
  for (size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (c == '\'') {
      const size_t end = pattern.find('\'', i + 1);
      if (end == std::string_view::npos) return refuse();
      const std::string_view quoted = pattern.substr(i + 1, end - i - 1);
      parsed.parts_.push_back({0, 0, quoted.empty() ? "'" : std::string(quoted)});
      i = end + 1;
    } else if (c == '[' || c == ']') {
      depth += c == '[' ? 1 : -1;
      if (depth < 0 || depth > 1) return refuse();
      parsed.parts_.push_back({c, 0, ""});
      ++i;
    } else if (IsLetter(c)) {
      const auto known = LetterCounts().find(c);
      size_t end = i;
      while (end < pattern.size() && pattern[end] == c) ++end;
      const auto count = static_cast<int>(end - i);
      if (known == LetterCounts().end() || count > known->second) return refuse();
      if (c == 'V' && count != 2) return refuse();
      parsed.parts_.push_back({c, count, ""});
      i = end;
    } else {
      parsed.parts_.push_back({0, 0, std::string(1, c)});
      ++i;
    }
  }
  if (depth != 0) return refuse();
  return parsed;
}

std::string TimePattern::Format(int64_t microseconds) const {
  const int64_t days = FloorDiv(microseconds, kDay);
  std::string out;
  for (const Part& part : parts_) {
    if (part.letter == 0) {
      out += part.text;
    } else if (part.letter != '[' && part.letter != ']') {
      out += std::string_view("aHkKhmsS").find(part.letter) != std::string_view::npos
                 ? ClockText(microseconds - days * kDay, part.letter, part.count)
                 : DayText(days, part.letter, part.count);
    }
  }
  return out;
}

struct TimePattern::Fields {
  int year = 1970;
  int month = 1;
  int day = 1;
  int day_of_year = 0;
  int hour = 0;
  int hour_of_half = -1;  // 0 to 11
  int half = 0;           // 1: AM, 2: PM
  int minute = 0;
  int second = 0;
  int64_t fraction_us = 0;
  int zone_minutes = 0;
};

bool TimePattern::ReadPart(std::string_view* text, size_t index, Fields* fields) const {
  const Part& part = parts_[index];
  // A letter twice: exactly two digits; once: as many as there are.
  const int digits_min = part.count;
  const int digits_max = part.count == 1 ? 19 : part.count;
  int value = 0;
  switch (part.letter) {
    case 0:
      if (!text->starts_with(part.text)) return false;
      text->remove_prefix(part.text.size());
      return true;
    case 'y':
      if (part.count == 2) {
        if (!TakeNumber(text, 2, 2, &value)) return false;
        fields->year = 2000 + value;
        return true;
      }
      return TakeNumber(text, part.count, part.count == 1 ? 6 : part.count, &fields->year);
    case 'M':
    case 'L':
      if (part.count > 2) return TakeName(text, kMonths, part.count == 3, &fields->month);
      return TakeNumber(text, digits_min, std::min(digits_max, 2), &fields->month);
    case 'd':
      return TakeNumber(text, digits_min, std::min(digits_max, 2), &fields->day);
    case 'D':
      return TakeNumber(text, digits_min, 3, &fields->day_of_year);
    case 'E':
      return TakeName(text, kDays, part.count < 4, &value);
    case 'a':
      return TakeHalf(text, &fields->half);
    case 'H':
      return TakeNumber(text, digits_min, std::min(digits_max, 2), &fields->hour);
    case 'k':
      if (!TakeNumber(text, digits_min, std::min(digits_max, 2), &value) || value < 1) return false;
      fields->hour = value % 24;
      return value <= 24;
    case 'h':
    case 'K':
      if (!TakeNumber(text, digits_min, std::min(digits_max, 2), &value)) return false;
      fields->hour_of_half = value % 12;
      return part.letter == 'h' ? value >= 1 && value <= 12 : value <= 11;
    case 'm':
      return TakeNumber(text, digits_min, std::min(digits_max, 2), &fields->minute);
    case 's':
      return TakeNumber(text, digits_min, std::min(digits_max, 2), &fields->second);
    case 'S':
      return TakeFraction(text, part.count, &fields->fraction_us);
    case 'Q':
    case 'q':
      return false;  // a quarter is no date
    default:
      return TakeZone(text, &fields->zone_minutes);
  }
}

bool TimePattern::ReadParts(std::string_view* text, size_t from, size_t to, Fields* fields) const {
  for (size_t i = from; i < to; ++i) {
    if (parts_[i].letter == '[') {
      size_t end = i;
      while (parts_[end].letter != ']') ++end;
      std::string_view rest = *text;
      Fields tried = *fields;
      if (ReadParts(&rest, i + 1, end, &tried)) {
        *text = rest;
        *fields = tried;
      }
      i = end;
    } else if (!ReadPart(text, i, fields)) {
      return false;
    }
  }
  return true;
}

std::optional<int64_t> TimePattern::Read(std::string_view text) const {
  Fields fields;
  if (!ReadParts(&text, 0, parts_.size(), &fields) || !text.empty()) return std::nullopt;
  if (fields.hour_of_half >= 0) {
    fields.hour = fields.hour_of_half + (fields.half == 2 ? 12 : 0);
  }
  if (fields.month < 1 || fields.month > 12 || fields.day < 1 ||
      fields.day > DaysInMonth(fields.year, fields.month) || fields.hour > 23 ||
      fields.minute > 59 || fields.second > 59) {
    return std::nullopt;
  }
  int64_t days = DaysOf({fields.year, fields.month, fields.day});
  if (fields.day_of_year > 0) days = DaysOf({fields.year, 1, 1}) + fields.day_of_year - 1;
  const int64_t seconds =
      fields.hour * 3600 + (fields.minute - fields.zone_minutes) * 60 + fields.second;
  int64_t time = 0;
  if (__builtin_mul_overflow(days, kDay, &time) ||
      __builtin_add_overflow(time, seconds * kSecond + fields.fraction_us, &time)) {
    return std::nullopt;
  }
  return time;
}

}  // namespace headrace::sql
