// Kernels on dates and timestamps. A timestamp is microseconds since 1970 UTC, a date days.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <memory>

#include "sql/calendar.h"
#include "sql/native_rows.h"
#include "sql/time_pattern.h"

namespace headrace::sql {
namespace {

using Text = std::string_view;

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kDay = 86'400 * kSecond;

constexpr int64_t kYearMax = 5'000'000;  // a DATE's days fit 32 bits up to there
constexpr const char* kTimeOverflow = "[ARITHMETIC_OVERFLOW] the timestamp is out of range";

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

bool IsTime(Int128 micros) {
  return micros >= std::numeric_limits<int64_t>::min() &&
         micros <= std::numeric_limits<int64_t>::max();
}

std::string Upper(Text text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

std::optional<int64_t> TruncateDay(int64_t days, const std::string& unit) {
  CivilDay civil = CivilOf(days);
  if (unit == "WEEK") return days - ((days + 3) % 7 + 7) % 7;
  if (unit == "MONTH" || unit == "MON" || unit == "MM") return DaysOf({civil.year, civil.month, 1});
  if (unit == "QUARTER") return DaysOf({civil.year, (civil.month - 1) / 3 * 3 + 1, 1});
  if (unit == "YEAR" || unit == "YYYY" || unit == "YY") return DaysOf({civil.year, 1, 1});
  return std::nullopt;
}

void TruncateDate(const NativeUse&, NativeRows& rows) {
  rows.Map<int32_t, int32_t, Text>([](int32_t days, Text unit) -> std::optional<int32_t> {
    const auto day = TruncateDay(days, Upper(unit));
    if (!day) return std::nullopt;
    return static_cast<int32_t>(*day);
  });
}

void TruncateTime(const NativeUse&, NativeRows& rows) {
  rows.Map<int64_t, Text, int64_t>([&](Text text, int64_t time) -> std::optional<int64_t> {
    const std::string unit = Upper(text);
    constexpr std::pair<Text, int64_t> kUnits[] = {{"MICROSECOND", 1},
                                                   {"MILLISECOND", 1000},
                                                   {"SECOND", kSecond},
                                                   {"MINUTE", 60 * kSecond},
                                                   {"HOUR", 3600 * kSecond},
                                                   {"DAY", kDay},
                                                   {"DD", kDay}};
    for (const auto& [name, size] : kUnits) {
      if (unit == name) return FloorDiv(time, size) * size;
    }
    const auto day = TruncateDay(FloorDiv(time, kDay), unit);
    if (!day) return std::nullopt;
    if (!IsTime(Int128{*day} * kDay)) rows.Fail(kTimeOverflow);
    return rows.failed() ? 0 : *day * kDay;
  });
}

template <int64_t kUnit>
void FloorTo(const NativeUse&, NativeRows& rows) {
  rows.Map<int64_t, int64_t>([](int64_t time) { return FloorDiv(time, kUnit); });
}

void TimestampSeconds(const NativeUse&, NativeRows& rows) {
  rows.Map<int64_t, double>([&](double seconds) -> std::optional<int64_t> {
    if (std::isnan(seconds) || std::isinf(seconds)) return std::nullopt;
    const double micros = seconds * kSecond;
    if (std::fabs(micros) >= 9223372036854775807.0) {
      rows.Fail(kTimeOverflow);
      return 0;
    }
    return static_cast<int64_t>(micros);
  });
}

// Source: Spark's DateTimeUtils.monthsBetween, rounded to 8 digits.
double MonthsBetween(int64_t later, int64_t earlier) {
  const int64_t day_a = FloorDiv(later, kDay);
  const int64_t day_b = FloorDiv(earlier, kDay);
  const CivilDay a = CivilOf(day_a);
  const CivilDay b = CivilOf(day_b);
  const auto months = static_cast<double>((a.year - b.year) * 12 + a.month - b.month);
  const bool both_last =
      a.day == DaysInMonth(a.year, a.month) && b.day == DaysInMonth(b.year, b.month);
  if (a.day == b.day || both_last) return months;
  const int64_t seconds = (a.day - b.day) * 86'400 + FloorDiv(later - day_a * kDay, kSecond) -
                          FloorDiv(earlier - day_b * kDay, kSecond);
  const double exact = months + static_cast<double>(seconds) / (31.0 * 86'400);
  return std::round(exact * 1e8) / 1e8;
}

void NextDay(const NativeUse&, NativeRows& rows) {
  rows.Map<int32_t, int32_t, Text>([&](int32_t days, Text text) -> int32_t {
    const std::string name = Upper(text);
    constexpr std::array<Text, 7> kNames = {"MONDAY", "TUESDAY",  "WEDNESDAY", "THURSDAY",
                                            "FRIDAY", "SATURDAY", "SUNDAY"};
    for (int i = 0; i < 7; ++i) {
      const Text full = kNames[static_cast<size_t>(i)];
      if (name != full && name != full.substr(0, 3) && name != full.substr(0, 2)) continue;
      const int today = static_cast<int>(((int64_t{days} + 3) % 7 + 7) % 7);
      return days + (i - today + 6) % 7 + 1;
    }
    rows.Fail(fmt::format("[ILLEGAL_DAY_OF_WEEK] Illegal input for day of week: {}.", text));
    return 0;
  });
}

bool CheckDay(int32_t year, int32_t month, int32_t day, NativeRows& rows) {
  const bool valid = std::abs(int64_t{year}) <= kYearMax && month >= 1 && month <= 12 && day >= 1 &&
                     day <= DaysInMonth(year, month);
  if (!valid) {
    rows.Fail(
        fmt::format("[DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION] no such day: year {}, "
                    "month {}, day {}",
                    year, month, day));
  }
  return valid;
}

void MakeDate(const NativeUse&, NativeRows& rows) {
  rows.Map<int32_t, int32_t, int32_t, int32_t>([&](int32_t year, int32_t month, int32_t day) {
    if (!CheckDay(year, month, day, rows)) return 0;
    return static_cast<int32_t>(DaysOf({year, month, day}));
  });
}

void MakeTimestamp(const NativeUse&, NativeRows& rows) {
  rows.Map<int64_t, int32_t, int32_t, int32_t, int32_t, int32_t, Int128>(
      [&](int32_t year, int32_t month, int32_t day, int32_t hour, int32_t minute,
          Int128 second) -> int64_t {
        if (!CheckDay(year, month, day, rows)) return 0;
        const bool next_minute = second == 60 * kSecond;
        if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
            (second >= 60 * kSecond && !next_minute)) {
          rows.Fail(
              fmt::format("[DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION] no such time: hour "
                          "{}, minute {}",
                          hour, minute));
          return 0;
        }
        const Int128 time = Int128{DaysOf({year, month, day})} * kDay +
                            (hour * 3600 + minute * 60) * kSecond + second;
        if (!IsTime(time)) rows.Fail(kTimeOverflow);
        return static_cast<int64_t>(time);
      });
}

// Keeps the last pattern, which is the same on all rows as a rule.
class PatternCache {
 public:
  const TimePattern* Get(Text text, NativeRows& rows) {
    if (pattern_ && text_ == text) return &*pattern_;
    auto parsed = TimePattern::Parse(text);
    if (!parsed.ok()) {
      rows.Fail(DiagnosticsOf(parsed.status())[0].message);
      return nullptr;
    }
    text_ = text;
    pattern_ = std::move(*parsed);
    return &*pattern_;
  }

 private:
  std::string text_;
  std::optional<TimePattern> pattern_;
};

void DateFormat(const NativeUse&, NativeRows& rows) {
  PatternCache cache;
  rows.Map<std::string, int64_t, Text>([&](int64_t time, Text text) -> std::string {
    const TimePattern* pattern = cache.Get(text, rows);
    return pattern == nullptr ? "" : pattern->Format(time);
  });
}

void FromUnixTime(const NativeUse& use, NativeRows& rows) {
  PatternCache cache;
  const auto format = [&](int64_t seconds, Text text) -> std::string {
    const TimePattern* pattern = cache.Get(text, rows);
    const Int128 time = Int128{seconds} * kSecond;
    if (!IsTime(time)) rows.Fail(kTimeOverflow);
    return pattern == nullptr || rows.failed() ? "" : pattern->Format(static_cast<int64_t>(time));
  };
  if (use.arguments.size() == 1) {
    rows.Map<std::string, int64_t>(
        [&](int64_t seconds) { return format(seconds, "yyyy-MM-dd HH:mm:ss"); });
  } else {
    rows.Map<std::string, int64_t, Text>(format);
  }
}

// Reads text by a pattern; `Convert` makes the result of microseconds.
template <typename Out, int64_t kUnit>
void ParseTime(const NativeUse& use, NativeRows& rows) {
  PatternCache cache;
  const auto parse = [&](Text text, Text format) -> Out {
    const TimePattern* pattern = cache.Get(format, rows);
    if (pattern == nullptr) return 0;
    const auto time = pattern->Read(text);
    if (!time) {
      rows.Fail(
          fmt::format("[CANNOT_PARSE_TIMESTAMP] Text '{}' could not be parsed by '{}'. Use "
                      "`try_to_timestamp` to tolerate invalid input string and return NULL "
                      "instead.",
                      text, format));
      return 0;
    }
    return static_cast<Out>(FloorDiv(*time, kUnit));
  };
  if (use.arguments.size() == 1) {
    rows.Map<Out, Text>([&](Text text) { return parse(text, "yyyy-MM-dd HH:mm:ss"); });
  } else {
    rows.Map<Out, Text, Text>(parse);
  }
}

// Whole periods of so many months from one time to another. Source: java.time's
// LocalDateTime.until().
void MonthsApart(const NativeUse&, NativeRows& rows) {
  rows.Map<int64_t, int32_t, int64_t, int64_t>([](int32_t period, int64_t from, int64_t to) {
    const int64_t first = FloorDiv(from, kDay);
    int64_t last = FloorDiv(to, kDay);
    const int64_t later = (to - last * kDay) - (from - first * kDay);
    if (last > first && later < 0) --last;
    if (last < first && later > 0) ++last;
    const CivilDay a = CivilOf(first);
    const CivilDay b = CivilOf(last);
    const int64_t months = ((b.year - a.year) * 12 + b.month - a.month) * 32 + (b.day - a.day);
    return months / 32 / period;
  });
}

void MonthsBetweenKernel(const NativeUse&, NativeRows& rows) {
  rows.Map<double, int64_t, int64_t>(MonthsBetween);
}

struct ByName {
  Text name;
  NativeFunction function;
};
constexpr ByName kKernels[] = {
    {"trunc_date", TruncateDate},
    {"trunc_time", TruncateTime},
    {"unix_seconds", FloorTo<kSecond>},
    {"unix_millis", FloorTo<1000>},
    {"timestamp_seconds", TimestampSeconds},
    {"months_apart", MonthsApart},
    {"months_between", MonthsBetweenKernel},
    {"next_day", NextDay},
    {"make_date", MakeDate},
    {"make_timestamp", MakeTimestamp},
    {"date_format", DateFormat},
    {"from_unixtime", FromUnixTime},
    {"parse_timestamp", ParseTime<int64_t, 1>},
    {"parse_unix", ParseTime<int64_t, kSecond>},
    {"parse_date", ParseTime<int32_t, kDay>},
};

}  // namespace

NativeFunction FindTimeNative(const NativeUse& use) {
  for (const ByName& row : kKernels) {
    if (row.name == use.kernel) return row.function;
  }
  return nullptr;
}

}  // namespace headrace::sql
