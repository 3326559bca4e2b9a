// Arrays, maps, JSON, hashes; and what functions are called besides.
#include "sql/function_table.h"

namespace headrace::sql {
namespace {

constexpr Overload kCollections[] = {
    // These take functions: higher_order.cc and translate_lambda.cc.
    {"aggregate", "any...", "", Nulls::kAlways, ""},
    {"array_sort", "any, any", "", Nulls::kAlways, "", true},
    {"exists", "any...", "", Nulls::kAlways, ""},
    {"filter", "any...", "", Nulls::kAlways, ""},
    {"forall", "any...", "", Nulls::kAlways, ""},
    {"map_filter", "any...", "", Nulls::kAlways, ""},
    {"transform", "any...", "", Nulls::kAlways, ""},
    {"transform_keys", "any...", "", Nulls::kAlways, "", true},
    {"transform_values", "any...", "", Nulls::kAlways, ""},
    {"zip_with", "any...", "", Nulls::kAlways, ""},
    {"array_sort", "array<T>", "array<T>", Nulls::kAny, "list_sort({0}, 'ASC', 'NULLS LAST')"},
    {"array_compact", "array<T>", "array<T>", Nulls::kAny,
     "list_filter({0}, lambda e: e IS NOT NULL)"},
    // These keep the first of equal elements; DuckDB's own don't keep the order.
    {"array_distinct", "array<T>", "array<T>", Nulls::kAny,
     "list_filter({0}, lambda e, i: list_position({0}, e) = i)"},
    {"array_union", "array<T>, array<T>", "array<T>", Nulls::kAny,
     "(CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN list_filter({0} || {1}, lambda e, i: "
     "list_position({0} || {1}, e) = i) END)"},
    {"array_intersect", "array<T>, array<T>", "array<T>", Nulls::kAny,
     "(CASE WHEN {1} IS NOT NULL THEN list_filter({0}, lambda e, i: list_position({0}, e) = i AND "
     "list_position({1}, e) IS NOT NULL) END)"},
    {"array_except", "array<T>, array<T>", "array<T>", Nulls::kAny,
     "(CASE WHEN {1} IS NOT NULL THEN list_filter({0}, lambda e, i: list_position({0}, e) = i AND "
     "list_position({1}, e) IS NULL) END)"},
    // Null where nothing is in both, and one that isn't empty holds a null.
    {"arrays_overlap", "array<T>, array<T>", "boolean", Nulls::kAlways,
     "(CASE WHEN {0} IS NULL OR {1} IS NULL THEN NULL WHEN len(list_filter({0}, lambda e: e IS NOT "
     "NULL AND list_contains({1}, e))) > 0 THEN true WHEN len({0}) > 0 AND len({1}) > 0 AND "
     "(list_count({0}) < len({0}) OR list_count({1}) < len({1})) THEN NULL ELSE false END)"},
    {"array_remove", "array<T>, T", "array<T>", Nulls::kAny,
     "(CASE WHEN {1} IS NOT NULL THEN list_filter({0}, lambda e: e IS NULL OR e <> {1}) END)"},
    {"array_prepend", "array<T>, T", "array<T>", Nulls::kAny,
     "(CASE WHEN {0} IS NOT NULL THEN list_prepend({1}, {0}) END)"},
    {"array_insert", "array<T>, int, T", "array<T>", Nulls::kAny,
     "(CASE WHEN {0} IS NULL OR {1} IS NULL THEN NULL WHEN {1} = 0 THEN "
     "error('[INVALID_INDEX_OF_ZERO] The index 0 is invalid.') WHEN abs({1}) > 1000000 THEN "
     "error('[INVALID_PARAMETER_VALUE] an array of more than 1000000 elements') WHEN {1} > 0 THEN "
     "list_concat(list_resize({0}, {1} - 1), [{2}], {0}[{1}:]) WHEN {1} >= -len({0}) - 1 THEN "
     "list_concat({0}[1:len({0}) + {1} + 1], [{2}], {0}[len({0}) + {1} + 2:]) ELSE "
     "list_concat([{2}], list_resize({0}[1:0], -{1} - len({0}) - 1), {0}) END)",
     true},
    {"array_repeat", "T, int", "array<T>", Nulls::kAlways,
     "(CASE WHEN {1} > 1000000 THEN error('[INVALID_PARAMETER_VALUE] an array of more than 1000000 "
     "elements') WHEN {1} IS NOT NULL THEN list_transform(range(greatest({1}, 0)), lambda e: {0}) "
     "END)",
     true},
    {"sequence", "int, int", "array<int>", Nulls::kAny,
     "(CASE WHEN abs({1}::BIGINT - {0}) > 1000000 THEN error('[INVALID_PARAMETER_VALUE] a sequence "
     "of more than 1000000 elements') WHEN {0} <= {1} THEN generate_series({0}, {1}) ELSE "
     "generate_series({0}, {1}, -1) END)",
     true},
    {"sequence", "int, int, int", "array<int>", Nulls::kAny,
     "(CASE WHEN abs({1}::BIGINT - {0}) > 1000000 THEN error('[INVALID_PARAMETER_VALUE] a sequence "
     "of more than 1000000 elements') WHEN {0} = {1} AND {2} IS NOT NULL THEN [{0}] WHEN ({1} > "
     "{0}) "
     "<> ({2} > 0) OR {2} = 0 THEN error('[INVALID_PARAMETER_VALUE] Illegal sequence boundaries: ' "
     "|| {0} || ' to ' || {1} || ' by ' || {2}) ELSE generate_series({0}, {1}, {2}) END)",
     true},
    {"sequence", "bigint, bigint", "array<bigint>", Nulls::kAny,
     "(CASE WHEN abs({1}::HUGEINT - {0}) > 1000000 THEN error('[INVALID_PARAMETER_VALUE] a "
     "sequence "
     "of more than 1000000 elements') WHEN {0} <= {1} THEN generate_series({0}, {1}) ELSE "
     "generate_series({0}, {1}, -1) END)",
     true},
    {"sequence", "date, date", "array<date>", Nulls::kAny,
     "(CASE WHEN abs({1} - {0}) > 1000000 THEN error('[INVALID_PARAMETER_VALUE] a sequence of more "
     "than 1000000 elements') WHEN {0} <= {1} THEN generate_series({0}::TIMESTAMP, {1}::TIMESTAMP, "
     "to_days(1)) ELSE generate_series({0}::TIMESTAMP, {1}::TIMESTAMP, to_days(-1)) END)",
     true},
    {"sequence", "date, date, months", "array<date>", Nulls::kAny,
     "(CASE WHEN {2} = 0 OR abs({1} - {0}) > 1000000 THEN error('[INVALID_PARAMETER_VALUE] a "
     "sequence without a step, or of more than 1000000 elements') ELSE "
     "generate_series({0}::TIMESTAMP, {1}::TIMESTAMP, to_months({2})) END)",
     true},
    {"sequence", "timestamp, timestamp, interval", "array<timestamp>", Nulls::kAny,
     "(CASE WHEN {2} = 0 OR abs(epoch_us({1}) - epoch_us({0})) // abs({2}) > 1000000 THEN "
     "error('[INVALID_PARAMETER_VALUE] a sequence without a step, or of more than 1000000 "
     "elements') "
     "ELSE generate_series({0}, {1}, to_microseconds({2})) END)",
     true},
    {"map_concat", "map<K,V>, map<K,V>...", "map<K,V>", Nulls::kAny,
     "(CASE WHEN len([{*}]) = list_count([{*}]) THEN "
     "map_from_entries(flatten(list_transform([{*}], "
     "lambda e: map_entries(e)))) END)",
     true},
    {"map_from_arrays", "array<K>, array<V>", "map<K,V>", Nulls::kAny,
     "(CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN map({0}, {1}) END)", true},
    {"json_array_length", "string", "int", Nulls::kAlways,
     "(CASE WHEN json_valid({0}) AND json_type({0}) = 'ARRAY' THEN json_array_length({0}) END)"},
    {"json_object_keys", "string", "array<string>", Nulls::kAlways,
     "(CASE WHEN json_valid({0}) AND json_type({0}) = 'OBJECT' THEN json_keys({0}) END)"},
    {"size", "array", "int", Nulls::kAny, "len({0})"},
    {"size", "map", "int", Nulls::kAny, "cardinality({0})"},
    {"array", "T...", "array<T>", Nulls::kNever, "[{*}]"},
    {"array", "", "array<T>", Nulls::kNever, "[]"},
    // Null where the value isn't there but a null is.
    {"array_contains", "array<T>, T", "boolean", Nulls::kAlways,
     "(CASE WHEN {1} IS NULL THEN NULL WHEN list_contains({0}, {1}) THEN true WHEN len({0}) > "
     "list_count({0}) THEN NULL ELSE list_contains({0}, {1}) END)"},
    {"array_position", "array<T>, T", "bigint", Nulls::kAny,
     "(CASE WHEN {1} IS NOT NULL THEN coalesce(list_position({0}, {1}), CASE WHEN {0} IS NOT NULL "
     "THEN 0 END) END)"},
    {"array_join", "array<string>, string", "string", Nulls::kAny,
     "array_to_string(list_filter({0}, lambda e: e IS NOT NULL), {1})"},
    {"array_join", "array<string>, string, string", "string", Nulls::kAny,
     "array_to_string(list_transform({0}, lambda e: coalesce(e, {2})), {1})"},
    {"array_max", "array<T>", "T", Nulls::kAlways, "list_max({0})"},
    {"array_min", "array<T>", "T", Nulls::kAlways, "list_min({0})"},
    {"array_append", "array<T>, T", "array<T>", Nulls::kAny,
     "(CASE WHEN {0} IS NOT NULL THEN list_append({0}, {1}) END)"},
    {"sort_array", "array<T>", "array<T>", Nulls::kAny, "list_sort({0}, 'ASC', 'NULLS FIRST')"},
    {"sort_array", "array<T>, boolean", "array<T>", Nulls::kAny,
     "(CASE WHEN {1} THEN list_sort({0}, 'ASC', 'NULLS FIRST') WHEN NOT {1} THEN list_sort({0}, "
     "'DESC', 'NULLS LAST') END)"},
    {"slice", "array<T>, int, int", "array<T>", Nulls::kAny,
     "(CASE WHEN {1} = 0 THEN error('[INVALID_PARAMETER_VALUE.START] The value of parameter(s) "
     "`start` in `slice` is invalid: Expects a positive or a negative value for `start`, but got "
     "0.') WHEN {2} < 0 THEN error('[INVALID_PARAMETER_VALUE.LENGTH] The value of parameter(s) "
     "`length` in `slice` is invalid: Expects `length` greater than or equal to 0.') WHEN {1} < "
     "-len({0}) OR {2} = 0 THEN list_slice({0}, 1, 0) WHEN {1} < 0 THEN list_slice({0}, len({0}) + "
     "{1} + 1, least(len({0}) + {1} + {2}, len({0}))) ELSE list_slice({0}, {1}, {1}::BIGINT + {2} "
     "- "
     "1) END)",
     true},
    // Null where the index is out of bounds.
    {"get", "array<T>, int", "T", Nulls::kAlways, "(CASE WHEN {1} >= 0 THEN {0}[{1} + 1] END)"},
    {"flatten", "array<array<T>>", "array<T>", Nulls::kAlways,
     "(CASE WHEN len({0}) = list_count({0}) THEN flatten({0}) END)"},
    {"reverse", "array<T>", "array<T>", Nulls::kAny, "list_reverse({0})"},
    {"map_keys", "map<K,V>", "array<K>", Nulls::kAny, "map_keys({0})"},
    {"map_values", "map<K,V>", "array<V>", Nulls::kAny, "map_values({0})"},
    {"map_contains_key", "map<K,V>, K", "boolean", Nulls::kAny, "map_contains({0}, {1})"},
};

constexpr Overload kOthers[] = {
    // Null where the text is no JSON, the path no path, or nothing is there.
    {"get_json_object", "string, string", "string", Nulls::kAlways,
     "(CASE WHEN contains({1}, '*') THEN error('[INVALID_PARAMETER_VALUE] headrace knows no "
     "wildcard "
     "in the path of get_json_object') WHEN starts_with({1}, '$') AND json_valid({0}) THEN "
     "json_extract_string({0}, {1}) END)",
     true},
    {"md5", "binary", "string", Nulls::kAny, "md5({0})"},
    {"sha1", "binary", "string", Nulls::kAny, "sha1({0})"},
    {"sha2", "binary, int", "string", Nulls::kAlways, "@sha2"},
    {"crc32", "binary", "bigint", Nulls::kAny, "@crc32"},
    {"typeof", "any", "string", Nulls::kNever, ""},  // translate.cc
    {"raise_error", "string", "string", Nulls::kAlways, "error('[USER_RAISED_EXCEPTION] ' || {0})",
     true},
    {"assert_true", "boolean", "boolean", Nulls::kAlways,
     "(CASE WHEN {0} THEN NULL ELSE error('[USER_RAISED_EXCEPTION] the condition of assert_true is "
     "not true') END)",
     true},
};

constexpr Alias kAliases[] = {
    {"ucase", "upper"},
    {"lcase", "lower"},
    {"char_length", "length"},
    {"character_length", "length"},
    {"len", "length"},
    {"substr", "substring"},
    {"position", "locate"},
    {"charindex", "locate"},
    {"regexp", "rlike"},
    {"regexp_like", "rlike"},
    {"char", "chr"},
    {"ceiling", "ceil"},
    {"power", "pow"},
    {"signum", "sign"},
    {"mod", "%"},
    {"ifnull", "coalesce"},
    {"nvl", "coalesce"},
    {"now", "current_timestamp"},
    {"curdate", "current_date"},
    {"dayofmonth", "day"},
    {"dateadd", "date_add"},
    {"date_diff", "datediff"},
    {"to_unix_timestamp", "unix_timestamp"},
    {"sha", "sha1"},
    {"cardinality", "size"},
    {"array_size", "size"},
    {"date_part", "extract"},
    {"datepart", "extract"},
    {"isnull", "is_null"},
    {"isnotnull", "is_not_null"},
    {"reduce", "aggregate"},
    {"printf", "format_string"},
    {"getbit", "bit_get"},
    {"equal_null", "<=>"},
    {"to_timestamp_ltz", "to_timestamp"},
    {"make_timestamp_ltz", "make_timestamp"},
    {"<<", "shiftleft"},
    {">>", "shiftright"},
    {">>>", "shiftrightunsigned"},
    {"!=", "<>"},
    {"==", "="},
    {"!", "not"},
};

}  // namespace

std::span<const Overload> CollectionFunctions() { return kCollections; }
std::span<const Overload> OtherFunctions() { return kOthers; }
std::span<const Alias> FunctionAliases() { return kAliases; }

}  // namespace headrace::sql
