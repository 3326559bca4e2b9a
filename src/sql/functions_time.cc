// Dates and timestamps. DuckDB holds both TIMESTAMP and TIMESTAMP_NTZ as its TIMESTAMP: the
// session's time zone is UTC, so a wall clock and an instant are the same number.
#include "sql/function_table.h"

namespace headrace::sql {
namespace {

constexpr Overload kFunctions[] = {
    {"current_timestamp", "", "timestamp", Nulls::kNever, "make_timestamp($1::BIGINT)"},
    {"current_date", "", "date", Nulls::kNever, "make_timestamp($1::BIGINT)::DATE"},
    {"localtimestamp", "", "ntz", Nulls::kNever, "make_timestamp($1::BIGINT)"},
    {"unix_timestamp", "", "bigint", Nulls::kNever, "($1::BIGINT // 1000000)"},
    {"year", "date", "int", Nulls::kAny, "year({0})"},
    {"quarter", "date", "int", Nulls::kAny, "quarter({0})"},
    {"month", "date", "int", Nulls::kAny, "month({0})"},
    {"weekofyear", "date", "int", Nulls::kAny, "week({0})"},
    {"day", "date", "int", Nulls::kAny, "day({0})"},
    {"dayofyear", "date", "int", Nulls::kAny, "dayofyear({0})"},
    // Spark counts Sunday as 1 (weekday: Monday as 0), DuckDB Sunday as 0.
    {"dayofweek", "date", "int", Nulls::kAny, "(dayofweek({0}) + 1)"},
    {"weekday", "date", "int", Nulls::kAny, "(isodow({0}) - 1)"},
    {"dayofweek_iso", "date", "int", Nulls::kAny, "isodow({0})"},
    {"yearofweek", "date", "int", Nulls::kAny, "isoyear({0})"},
    {"dayname", "date", "string", Nulls::kAny, "left(dayname({0}), 3)"},
    {"monthname", "date", "string", Nulls::kAny, "left(monthname({0}), 3)"},
    {"hour", "time", "int", Nulls::kAny, "hour({0})"},
    {"minute", "time", "int", Nulls::kAny, "minute({0})"},
    {"second", "time", "int", Nulls::kAny, "second({0})"},
    {"extract_second", "time", "decimal(8,6)", Nulls::kAny,
     "(microsecond({0})::DECIMAL(18,0) * 0.000001::DECIMAL(7,6))"},
    {"date_add", "date, int", "date", Nulls::kAny, "({0} + {1})", true},
    {"date_sub", "date, int", "date", Nulls::kAny, "({0} - {1})", true},
    {"datediff", "date, date", "int", Nulls::kAny, "({0} - {1})"},
    {"add_months", "date, int", "date", Nulls::kAny, "({0} + to_months({1}))", true},
    {"months_between", "time, time", "double", Nulls::kAny, "@months_between"},
    {"last_day", "date", "date", Nulls::kAny, "last_day({0})"},
    {"next_day", "date, string", "date", Nulls::kAny, "@next_day", true},
    {"make_date", "int, int, int", "date", Nulls::kAny, "@make_date", true},
    {"make_timestamp", "int, int, int, int, int, decimal(20,6)", "timestamp", Nulls::kAny,
     "@make_timestamp", true},
    // An unknown unit gives null.
    {"trunc", "date, string", "date", Nulls::kAlways, "@trunc_date"},
    {"date_trunc", "string, time", "timestamp", Nulls::kAlways, "@trunc_time"},
    {"to_date", "date", "date", Nulls::kAny, "{0}"},
    {"to_date", "time", "date", Nulls::kAny, "{0}::DATE"},
    {"to_date", "string, string", "date", Nulls::kAny, "@parse_date", true},
    {"to_timestamp", "time", "timestamp", Nulls::kAny, "{0}"},
    {"to_timestamp", "string, string", "timestamp", Nulls::kAny, "@parse_timestamp", true},
    {"date_format", "time, string", "string", Nulls::kAny, "@date_format", true},
    {"unix_timestamp", "date", "bigint", Nulls::kAny, "(epoch_us({0}) // 1000000)"},
    {"unix_timestamp", "time", "bigint", Nulls::kAny, "(epoch_us({0}) // 1000000)"},
    {"unix_timestamp", "string", "bigint", Nulls::kAny, "@parse_unix", true},
    {"unix_timestamp", "string, string", "bigint", Nulls::kAny, "@parse_unix", true},
    {"from_unixtime", "bigint", "string", Nulls::kAny, "@from_unixtime", true},
    {"from_unixtime", "bigint, string", "string", Nulls::kAny, "@from_unixtime", true},
    {"timestamp_seconds", "integral", "timestamp", Nulls::kAny,
     "make_timestamp({0}::BIGINT * 1000000)", true},
    {"timestamp_seconds", "double", "timestamp", Nulls::kAlways, "@timestamp_seconds", true},
    {"timestamp_millis", "bigint", "timestamp", Nulls::kAny, "make_timestamp({0} * 1000)", true},
    {"timestamp_micros", "bigint", "timestamp", Nulls::kAny, "make_timestamp({0})"},
    {"unix_seconds", "timestamp", "bigint", Nulls::kAny, "@unix_seconds"},
    {"unix_millis", "timestamp", "bigint", Nulls::kAny, "@unix_millis"},
    {"unix_micros", "timestamp", "bigint", Nulls::kAny, "epoch_us({0})"},
    {"from_utc_timestamp", "timestamp, string", "timestamp", Nulls::kAny,
     "(CASE WHEN regexp_matches({1}, '^[+-][0-9][0-9]?:[0-9][0-9]$') THEN {0} + "
     "to_minutes((left({1}, 1) || '1')::BIGINT * (split_part(substring({1}, 2), ':', 1)::BIGINT * "
     "60 + "
     "split_part({1}, ':', 2)::BIGINT)) ELSE timezone({1}, timezone('UTC', {0})) END)",
     true},
    {"to_utc_timestamp", "timestamp, string", "timestamp", Nulls::kAny,
     "(CASE WHEN regexp_matches({1}, '^[+-][0-9][0-9]?:[0-9][0-9]$') THEN {0} - "
     "to_minutes((left({1}, 1) || '1')::BIGINT * (split_part(substring({1}, 2), ':', 1)::BIGINT * "
     "60 + "
     "split_part({1}, ':', 2)::BIGINT)) ELSE timezone('UTC', timezone({1}, {0})) END)",
     true},
    {"current_timezone", "", "string", Nulls::kNever, "'UTC'"},
    {"make_dt_interval", "", "interval", Nulls::kNever, "0"},
    {"make_dt_interval", "int", "interval", Nulls::kAny, "({0} * 86400000000)"},
    {"make_dt_interval", "int, int", "interval", Nulls::kAny,
     "({0} * 86400000000 + {1} * 3600000000)"},
    {"make_dt_interval", "int, int, int", "interval", Nulls::kAny,
     "({0} * 86400000000 + {1} * 3600000000 + {2} * 60000000)"},
    {"make_dt_interval", "int, int, int, decimal(20,6)", "interval", Nulls::kAny,
     "({0} * 86400000000 + {1} * 3600000000 + {2} * 60000000 + ({3} * 1000000)::BIGINT)"},
    {"make_ym_interval", "int", "months", Nulls::kAny, "({0} * 12)", true},
    {"make_ym_interval", "int, int", "months", Nulls::kAny, "({0} * 12 + {1})", true},
    {"unix_date", "date", "int", Nulls::kAny, "({0} - DATE '1970-01-01')"},
    {"date_from_unix_date", "int", "date", Nulls::kAny, "(DATE '1970-01-01' + {0})"},
};

}  // namespace

std::span<const Overload> TimeFunctions() { return kFunctions; }

}  // namespace headrace::sql
