// Dates and times as text by the patterns of date_format() and to_timestamp().
// Source: "Datetime Patterns for Formatting and Parsing" of Spark's SQL reference.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace headrace::sql {

// A day of the proleptic Gregorian calendar.
struct CivilDay {
  int64_t year = 1970;
  int month = 1;
  int day = 1;
};
CivilDay CivilOf(int64_t days);
int64_t DaysOf(const CivilDay& day);
int DaysInMonth(int64_t year, int month);

// Renders as CAST(... AS STRING): "2024-02-29", "2024-02-29 23:59:59.5" without trailing zeros.
std::string DateText(int64_t days);
std::string TimestampText(int64_t microseconds);

// A pattern such as "yyyy-MM-dd'T'HH:mm:ss.SSS". Letters: y M L d E a H h K k m s S D Q q, X x Z
// V z for the zone (always UTC when it renders), quoted text, [optional parts] when it parses.
class TimePattern {
 public:
  // Errors: a user error where the pattern has another letter, or too many of one.
  static Result<TimePattern> Parse(std::string_view pattern);

  std::string Format(int64_t microseconds) const;

  // Returns microseconds since 1970 UTC; none where the text isn't of this pattern or no such time.
  std::optional<int64_t> Read(std::string_view text) const;

 private:
  struct Part {
    char letter = 0;  // 0: the text; '[' and ']': an optional part begins and ends
    int count = 0;
    std::string text;
  };
  struct Fields;
  bool ReadParts(std::string_view* text, size_t from, size_t to, Fields* fields) const;
  bool ReadPart(std::string_view* text, size_t index, Fields* fields) const;

  std::vector<Part> parts_;
};

}  // namespace headrace::sql
