// String functions. A character is a code point, in Spark and DuckDB alike.
#include "sql/function_table.h"

namespace headrace::sql {
namespace {

constexpr Overload kFunctions[] = {
    {"||", "string, string", "string", Nulls::kAny, "({0} || {1})"},
    {"||", "binary, binary", "binary", Nulls::kAny, "({0} || {1})"},
    {"||", "array<T>, array<T>", "array<T>", Nulls::kAny, "({0} || {1})"},
    // DuckDB's concat() skips nulls.
    {"concat", "string...", "string", Nulls::kAny, "({*||})"},
    {"concat", "binary...", "binary", Nulls::kAny, "({*||})"},
    {"concat", "array<T>...", "array<T>", Nulls::kAny, "({*||})"},
    {"concat_ws", "string", "string", Nulls::kAny, "(CASE WHEN {0} IS NOT NULL THEN '' END)"},
    {"concat_ws", "string, string...", "string", Nulls::kAny, "concat_ws({*})"},
    {"concat_ws", "string, array<string>", "string", Nulls::kAny,
     "(CASE WHEN {0} IS NOT NULL THEN coalesce(array_to_string(list_filter({1}, lambda e: e IS NOT "
     "NULL), {0}), '') END)"},
    {"upper", "string", "string", Nulls::kAny, "upper({0})"},
    {"lower", "string", "string", Nulls::kAny, "lower({0})"},
    {"initcap", "string", "string", Nulls::kAny,
     "array_to_string(list_transform(string_split(lower({0}), ' '), lambda w: upper(left(w, 1)) || "
     "substring(w, 2)), ' ')"},
    // Without characters DuckDB trims every space of Unicode, Spark only ' '.
    {"trim", "string", "string", Nulls::kAny, "trim({0}, ' ')"},
    {"trim", "string, string", "string", Nulls::kAny, "trim({1}, {0})"},
    {"ltrim", "string", "string", Nulls::kAny, "ltrim({0}, ' ')"},
    {"rtrim", "string", "string", Nulls::kAny, "rtrim({0}, ' ')"},
    // The characters come first in Spark's two-argument forms.
    {"btrim", "string", "string", Nulls::kAny, "trim({0}, ' ')"},
    {"btrim", "string, string", "string", Nulls::kAny, "trim({0}, {1})"},
    {"ltrim", "string, string", "string", Nulls::kAny, "ltrim({1}, {0})"},
    {"rtrim", "string, string", "string", Nulls::kAny, "rtrim({1}, {0})"},
    {"length", "string", "int", Nulls::kAny, "length({0})"},
    {"length", "binary", "int", Nulls::kAny, "octet_length({0})"},
    {"octet_length", "string", "int", Nulls::kAny, "strlen({0})"},
    {"octet_length", "binary", "int", Nulls::kAny, "octet_length({0})"},
    {"bit_length", "string", "int", Nulls::kAny, "bit_length({0})"},
    // Position 0 is position 1, and what lies before the first character counts in the length.
    {"substring", "string, int", "string", Nulls::kAny, "@substring"},
    {"substring", "string, int, int", "string", Nulls::kAny, "@substring"},
    {"substring_index", "string, string, int", "string", Nulls::kAny, "@substring_index"},
    {"left", "string, int", "string", Nulls::kAny, "left({0}, greatest({1}, 0))"},
    {"right", "string, int", "string", Nulls::kAny, "right({0}, greatest({1}, 0))"},
    {"replace", "string, string", "string", Nulls::kAny, "replace({0}, {1}, '')"},
    {"replace", "string, string, string", "string", Nulls::kAny, "replace({0}, {1}, {2})"},
    {"translate", "string, string, string", "string", Nulls::kAny, "translate({0}, {1}, {2})"},
    {"overlay", "string, string, int", "string", Nulls::kAny, "@overlay"},
    {"overlay", "string, string, int, int", "string", Nulls::kAny, "@overlay"},
    // RE2 writes a group as \1, Java as $1; regexp_replace() of DuckDB replaces the first only.
    {"regexp_replace", "string, string, string", "string", Nulls::kAny,
     "regexp_replace({0}, {1}, regexp_replace(replace({2}, '\\', '\\\\'), '\\$(\\d)', '\\\\\\1', "
     "'g'), 'g')",
     true},
    {"regexp_extract", "string, string", "string", Nulls::kAny, "regexp_extract({0}, {1}, 1)",
     true},
    {"regexp_extract", "string, string, int", "string", Nulls::kAny, "regexp_extract({*})", true},
    {"regexp_extract_all", "string, string, int", "array<string>", Nulls::kAny,
     "regexp_extract_all({*})", true},
    {"rlike", "string, string", "boolean", Nulls::kAny, "regexp_matches({0}, {1})", true},
    {"like", "string, string", "boolean", Nulls::kAny, "({0} LIKE {1} ESCAPE '\\')", true},
    {"like", "string, string, string", "boolean", Nulls::kAny, "({0} LIKE {1} ESCAPE {2})", true},
    {"ilike", "string, string", "boolean", Nulls::kAny, "({0} ILIKE {1} ESCAPE '\\')", true},
    {"ilike", "string, string, string", "boolean", Nulls::kAny, "({0} ILIKE {1} ESCAPE {2})", true},
    {"split", "string, string", "array<string>", Nulls::kAny, "@split", true},
    {"split", "string, string, int", "array<string>", Nulls::kAny, "@split", true},
    {"split_part", "string, string, int", "string", Nulls::kAny,
     "(CASE WHEN {2} = 0 THEN error('[INVALID_INDEX_OF_ZERO] The index 0 is invalid.') WHEN {1} <> "
     "'' THEN split_part({*}) WHEN abs({2}) = 1 THEN {0} ELSE '' END)",
     true},
    {"instr", "string, string", "int", Nulls::kAny, "instr({0}, {1})"},
    {"locate", "string, string", "int", Nulls::kAny, "instr({1}, {0})"},
    {"locate", "string, string, int", "int", Nulls::kAny, "@locate"},
    {"lpad", "string, int", "string", Nulls::kAny, "@lpad", true},
    {"lpad", "string, int, string", "string", Nulls::kAny, "@lpad", true},
    {"rpad", "string, int", "string", Nulls::kAny, "@rpad", true},
    {"rpad", "string, int, string", "string", Nulls::kAny, "@rpad", true},
    {"repeat", "string, int", "string", Nulls::kAny, "@repeat", true},
    {"space", "int", "string", Nulls::kAny, "@space", true},
    {"reverse", "string", "string", Nulls::kAny, "@reverse"},
    {"startswith", "string, string", "boolean", Nulls::kAny, "starts_with({0}, {1})"},
    {"endswith", "string, string", "boolean", Nulls::kAny, "ends_with({0}, {1})"},
    {"contains", "string, string", "boolean", Nulls::kAny, "contains({0}, {1})"},
    {"ascii", "string", "int", Nulls::kAny, "ascii({0})"},
    {"chr", "bigint", "string", Nulls::kAny, "@chr"},
    {"levenshtein", "string, string", "int", Nulls::kAny, "levenshtein({0}, {1})"},
    {"elt", "int, string...", "string", Nulls::kAlways,
     "(CASE WHEN {0} IS NOT NULL THEN (CASE WHEN {0} < 1 OR {0} > len([{1*}]) THEN "
     "error('[INVALID_ARRAY_INDEX] The index ' || {0} || ' is out of bounds.') ELSE [{1*}][{0}] "
     "END) END)",
     true},
    {"find_in_set", "string, string", "int", Nulls::kAny,
     "(CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN (CASE WHEN contains({0}, ',') THEN 0 "
     "ELSE "
     "coalesce(list_position(string_split({1}, ','), {0}), 0) END) END)"},
    // A brace in a template begins a placeholder.
    {"format_number", "double, int", "string", Nulls::kAlways,
     "(CASE WHEN {1} >= 0 THEN format(chr(123) || ':,.' || {1} || 'f' || chr(125), {0}) END)"},
    {"format_string", "string", "string", Nulls::kAny, "printf({0})", true},
    {"format_string", "string, any...", "string", Nulls::kAlways, "printf({*})", true},
    {"regexp_count", "string, string", "int", Nulls::kAny, "len(regexp_extract_all({0}, {1}))",
     true},
    {"regexp_substr", "string, string", "string", Nulls::kAlways,
     "(CASE WHEN regexp_matches({0}, {1}) THEN regexp_extract({0}, {1}) END)", true},
    {"regexp_instr", "string, string", "int", Nulls::kAny, "@regexp_instr", true},
    {"soundex", "string", "string", Nulls::kAny, "@soundex"},
    {"luhn_check", "string", "boolean", Nulls::kAny, "@luhn_check"},
    {"levenshtein", "string, string, int", "int", Nulls::kAny,
     "(CASE WHEN levenshtein({0}, {1}) <= {2} THEN levenshtein({0}, {1}) WHEN {2} IS NOT NULL AND "
     "{0} "
     "IS NOT NULL AND {1} IS NOT NULL THEN -1 END)"},
    {"encode", "string, string", "binary", Nulls::kAny,
     "(CASE WHEN upper({1}) IN ('UTF-8', 'UTF8') THEN encode({0}) WHEN {1} IS NOT NULL THEN "
     "error('[INVALID_PARAMETER_VALUE.CHARSET] the charset is UTF-8') END)",
     true},
    {"decode", "binary, string", "string", Nulls::kAny,
     "(CASE WHEN upper({1}) IN ('UTF-8', 'UTF8') THEN decode({0}) WHEN {1} IS NOT NULL THEN "
     "error('[INVALID_PARAMETER_VALUE.CHARSET] the charset is UTF-8') END)",
     true},
    {"url_encode", "string", "string", Nulls::kAny, "@url_encode"},
    {"url_decode", "string", "string", Nulls::kAny, "@url_decode", true},
    {"parse_url", "string, string", "string", Nulls::kAlways, "@parse_url", true},
    {"parse_url", "string, string, string", "string", Nulls::kAlways, "@parse_url", true},
    {"mask", "string", "string", Nulls::kAlways,
     "array_to_string(list_transform(string_split({0}, ''), lambda e: CASE WHEN regexp_matches(e, "
     "'^[[:upper:]]$') THEN coalesce('X', e) WHEN regexp_matches(e, '^[[:lower:]]$') THEN "
     "coalesce('x', "
     "e) WHEN regexp_matches(e, '^[[:digit:]]$') THEN coalesce('n', e) ELSE coalesce(NULL, e) "
     "END), '')"},
    {"mask", "string, string", "string", Nulls::kAlways,
     "array_to_string(list_transform(string_split({0}, ''), lambda e: CASE WHEN regexp_matches(e, "
     "'^[[:upper:]]$') THEN coalesce({1}, e) WHEN regexp_matches(e, '^[[:lower:]]$') THEN "
     "coalesce('x', "
     "e) WHEN regexp_matches(e, '^[[:digit:]]$') THEN coalesce('n', e) ELSE coalesce(NULL, e) "
     "END), '')"},
    {"mask", "string, string, string", "string", Nulls::kAlways,
     "array_to_string(list_transform(string_split({0}, ''), lambda e: CASE WHEN regexp_matches(e, "
     "'^[[:upper:]]$') THEN coalesce({1}, e) WHEN regexp_matches(e, '^[[:lower:]]$') THEN "
     "coalesce({2}, "
     "e) WHEN regexp_matches(e, '^[[:digit:]]$') THEN coalesce('n', e) ELSE coalesce(NULL, e) "
     "END), '')"},
    {"mask", "string, string, string, string", "string", Nulls::kAlways,
     "array_to_string(list_transform(string_split({0}, ''), lambda e: CASE WHEN regexp_matches(e, "
     "'^[[:upper:]]$') THEN coalesce({1}, e) WHEN regexp_matches(e, '^[[:lower:]]$') THEN "
     "coalesce({2}, "
     "e) WHEN regexp_matches(e, '^[[:digit:]]$') THEN coalesce({3}, e) ELSE coalesce(NULL, e) "
     "END), '')"},
    {"mask", "string, string, string, string, string", "string", Nulls::kAlways,
     "array_to_string(list_transform(string_split({0}, ''), lambda e: CASE WHEN regexp_matches(e, "
     "'^[[:upper:]]$') THEN coalesce({1}, e) WHEN regexp_matches(e, '^[[:lower:]]$') THEN "
     "coalesce({2}, "
     "e) WHEN regexp_matches(e, '^[[:digit:]]$') THEN coalesce({3}, e) ELSE coalesce({4}, e) END), "
     "'')"},
    {"hex", "bigint", "string", Nulls::kAny, "upper(to_hex({0}))"},
    {"hex", "binary", "string", Nulls::kAny, "hex({0})"},
    {"hex", "string", "string", Nulls::kAny, "hex({0})"},
    {"unhex", "string", "binary", Nulls::kAlways,
     "(CASE WHEN regexp_full_match({0}, '[0-9a-fA-F]*') THEN unhex({0}) END)"},
    {"base64", "binary", "string", Nulls::kAny, "base64({0})"},
    {"unbase64", "string", "binary", Nulls::kAny, "from_base64({0})", true},
};

}  // namespace

std::span<const Overload> StringFunctions() { return kFunctions; }

}  // namespace headrace::sql
