#include "format/time_text.h"

#include <cstdlib>

namespace headrace::format {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kDay = 86'400 * kSecond;

struct CivilDate {
  int64_t year;
  int64_t month;
  int64_t day;
};

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days. (The calendar of
// <chrono> ends at the year 32767; a timestamp does not.)
CivilDate CivilFromDays(int64_t days) {
  days += 719'468;
  const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;  // from March on
  const int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

void WriteDigits(int64_t value, int width, std::string* out) {
  char digits[20];
  int size = 0;
  do {
    digits[size++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0 || size < width);
  while (size > 0) out->push_back(digits[--size]);
}

}  // namespace

void WriteDate(int64_t days, std::string* out) {
  const CivilDate date = CivilFromDays(days);
  if (date.year < 0) out->push_back('-');
  if (date.year > 9999) out->push_back('+');
  WriteDigits(std::abs(date.year), 4, out);
  out->push_back('-');
  WriteDigits(date.month, 2, out);
  out->push_back('-');
  WriteDigits(date.day, 2, out);
}

void WriteTimestamp(int64_t micros, std::string* out) {
  int64_t days = micros / kDay;
  int64_t rest = micros % kDay;
  if (rest < 0) {
    rest += kDay;
    --days;
  }
  WriteDate(days, out);
  out->push_back('T');
  WriteDigits(rest / (3600 * kSecond), 2, out);
  out->push_back(':');
  WriteDigits(rest / (60 * kSecond) % 60, 2, out);
  out->push_back(':');
  WriteDigits(rest / kSecond % 60, 2, out);
  if (rest % kSecond == 0) return;
  out->push_back('.');
  WriteDigits(rest % kSecond, 6, out);
}

}  // namespace headrace::format
