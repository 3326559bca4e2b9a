// Dates and timestamps as text, as Spark's literals write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace headrace::sql {

// Parses "2024-12-31", "2024-12", "2024" to days since 1970; none where it is no date of the years
// 0 to 9999.
std::optional<int32_t> ParseDate(std::string_view text);

// Parses a date, and after a space or T the time "23:59[:59[.999999]]", and a zone "Z", "UTC",
// "+01:00", "+0100", to microseconds since 1970 UTC; without a zone it is UTC.
std::optional<int64_t> ParseTimestamp(std::string_view text);

}  // namespace headrace::sql
