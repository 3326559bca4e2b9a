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
