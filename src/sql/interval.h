// Lengths of time as SQL writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace headrace::sql {

// Months have no fixed length, so they are kept apart.
struct Interval {
  int64_t months = 0;
  int64_t microseconds = 0;
};

// Returns the length of one unit of this name ("hour", "hours", in any case), or none.
std::optional<Interval> UnitOf(std::string_view name);

// Parses a number of units, "1", "-2", "1.5" (of seconds only); none where it is no number or the
// result is out of range.
std::optional<Interval> ParseQuantity(std::string_view number, const Interval& unit);

// Parses "1 hour", "interval 1 hour 30 minutes"; none where the text is no such thing.
std::optional<Interval> ParseInterval(std::string_view text);

// Parses the parts of a literal INTERVAL '1 02:03:04.5' DAY TO SECOND; `from` and `to` are unit
// names.
std::optional<Interval> ParseIntervalRange(std::string_view text, std::string_view from,
                                           std::string_view to);

// Adds; none on overflow.
std::optional<Interval> Add(const Interval& a, const Interval& b);

}  // namespace headrace::sql
