#include "hudi/instant.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace headrace::hudi {
namespace {

constexpr size_t kDigits = 17;

// Milliseconds since 1970 of a time, read as UTC.
int64_t MillisOf(const std::string& time) {
  struct tm fields {};
  const auto number = [&](size_t begin, size_t length) {
    return std::atoi(time.substr(begin, length).c_str());
  };
  fields.tm_year = number(0, 4) - 1900;
  fields.tm_mon = number(4, 2) - 1;
  fields.tm_mday = number(6, 2);
  fields.tm_hour = number(8, 2);
  fields.tm_min = number(10, 2);
  fields.tm_sec = number(12, 2);
  return static_cast<int64_t>(::timegm(&fields)) * 1000 + number(14, 3);
}

}  // namespace

bool IsInstantTime(std::string_view text) {
  return text.size() == kDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool Instant::is_write() const {
  return action == "deltacommit" || action == "commit" || action == "replacecommit";
}

bool Instant::makes_data() const {
  const std::string completed = CompletedAction();
  return completed == "deltacommit" || completed == "commit" || completed == "replacecommit";
}

std::string Instant::CompletedAction() const {
  if (action == "compaction") return "commit";
  if (action == "logcompaction") return "deltacommit";
  if (action == "clustering") return "replacecommit";
  return action;
}

std::string Instant::FileName(InstantState of) const {
  if (of == InstantState::kCompleted) {
    return fmt::format("{}_{}.{}", time, completion_time, CompletedAction());
  }
  if (of == InstantState::kInflight && action == "commit") return time + ".inflight";
  return time + "." + action + (of == InstantState::kInflight ? ".inflight" : ".requested");
}

Result<Instant> ParseInstantFileName(std::string_view name) {
  Instant instant;
  const auto invalid = [&] { return Status::Invalid("'", name, "' names no instant"); };
  const size_t dot = name.find('.');
  if (dot == std::string_view::npos || dot + 1 == name.size()) return invalid();
  const std::string_view times = name.substr(0, dot);
  instant.action = name.substr(dot + 1);
  if (!IsInstantTime(times.substr(0, kDigits))) return invalid();
  instant.time = times.substr(0, kDigits);
  if (times.size() > kDigits) {
    if (times[kDigits] != '_' || !IsInstantTime(times.substr(kDigits + 1))) return invalid();
    instant.completion_time = times.substr(kDigits + 1);
    instant.state = InstantState::kCompleted;
    if (instant.action.find('.') != std::string::npos) return invalid();
    return instant;
  }
  if (instant.action == "inflight") {  // a commit's file doesn't name it
    instant.action = "commit";
    instant.state = InstantState::kInflight;
    return instant;
  }
  const size_t state_dot = instant.action.find('.');
  if (state_dot == std::string::npos) return invalid();
  const std::string state = instant.action.substr(state_dot + 1);
  instant.action.resize(state_dot);
  if (state == "inflight") {
    instant.state = InstantState::kInflight;
  } else if (state != "requested") {
    return invalid();
  }
  return instant;
}

std::string FormatInstantTime(int64_t micros, bool utc) {
  const int64_t millis = micros / 1000;
  const time_t seconds = static_cast<time_t>(millis / 1000);
  struct tm fields;
  if (utc) {
    ::gmtime_r(&seconds, &fields);
  } else {
    ::localtime_r(&seconds, &fields);
  }
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}{:03}", fields.tm_year + 1900,
                     fields.tm_mon + 1, fields.tm_mday, fields.tm_hour, fields.tm_min,
                     fields.tm_sec, millis % 1000);
}

int64_t MillisBetween(const std::string& from, const std::string& to) {
  return MillisOf(to) - MillisOf(from);
}

Result<std::string> ParseQueryTime(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddxdd:dd:dd.ddd";
  constexpr std::string_view kDayBegin = "000000000";
  std::string digits;
  if (text.find('-') == std::string_view::npos) {
    digits = text;
  } else {
    for (size_t i = 0; i < text.size(); ++i) {
      const char form = i < kForm.size() ? kForm[i] : '?';
      const bool is_digit = text[i] >= '0' && text[i] <= '9';
      const bool fits = form == 'd'   ? is_digit
                        : form == 'x' ? text[i] == ' ' || text[i] == 'T'
                                      : text[i] == form;
      if (!fits) digits.clear();
      if (!fits) break;
      if (is_digit) digits.push_back(text[i]);
    }
  }
  // To the day, the second or the millisecond.
  if (digits.size() == 8 || digits.size() == 14)
    digits += kDayBegin.substr(0, kDigits - digits.size());
  if (!IsInstantTime(digits))
    return UserError(fmt::format("'{}' is no time of a Hudi table", text),
                     "write an instant, 20261122190538565, or a timestamp, '2026-11-22 19:05:38'");
  return digits;
}

std::string NextInstantTime(const std::string& time) {
  return FormatInstantTime((MillisOf(time) + 1) * 1000, true);
}

}  // namespace headrace::hudi
