// Dates and timestamps as ISO 8601 text. (sql/calendar.h reads them.)
#pragma once

#include <cstdint>
#include <string>

namespace headrace::format {

// Appends "2026-11-22"; years beyond 9999 with a sign, as ISO 8601 asks: "+10000-01-01".
void WriteDate(int64_t days, std::string* out);

// Appends "2026-11-22T21:00:00", with ".000001" where there are microseconds, without a zone.
void WriteTimestamp(int64_t micros, std::string* out);

}  // namespace headrace::format
