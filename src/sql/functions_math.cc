// Mathematical and conditional functions.
#include "sql/function_table.h"

namespace headrace::sql {
namespace {

constexpr Overload kFunctions[] = {
    {"abs", "number", "0", Nulls::kAny, "abs({0})", true},
    {"abs", "decimal", "0", Nulls::kAny, "abs({0})"},
    {"abs", "interval", "0", Nulls::kAny, "abs({0})", true},
    // These give BIGINT; what doesn't fit becomes the nearest BIGINT, NaN becomes 0.
    {"ceil", "double", "bigint", Nulls::kAny, "@ceil"},
    {"ceil", "integral", "bigint", Nulls::kAny, "{0}"},
    {"ceil", "decimal", "", Nulls::kAny, "@decimal_ceil"},
    {"floor", "double", "bigint", Nulls::kAny, "@floor"},
    {"floor", "integral", "bigint", Nulls::kAny, "{0}"},
    {"floor", "decimal", "", Nulls::kAny, "@decimal_floor"},
    // Half up in decimal digits: DuckDB multiplies by a power of ten, which rounds 1.005 down.
    {"round", "double", "0", Nulls::kAny, "@round"},
    {"round", "double, int", "0", Nulls::kAny, "@round"},
    {"round", "float", "0", Nulls::kAny, "@round"},
    {"round", "float, int", "0", Nulls::kAny, "@round"},
    {"round", "integral", "0", Nulls::kAny, "{0}"},
    {"round", "integral, int", "0", Nulls::kAny, "@round", true},
    {"round", "decimal", "", Nulls::kAny, "@decimal_round", true},
    {"round", "decimal, int", "", Nulls::kAny, "@decimal_round", true},
    {"bround", "double", "0", Nulls::kAny, "@bround"},
    {"bround", "double, int", "0", Nulls::kAny, "@bround"},
    {"bround", "integral", "0", Nulls::kAny, "{0}"},
    {"bround", "integral, int", "0", Nulls::kAny, "@bround", true},
    {"bround", "decimal", "", Nulls::kAny, "@decimal_bround", true},
    {"bround", "decimal, int", "", Nulls::kAny, "@decimal_bround", true},
    // DuckDB's raise errors where Spark's give NaN or null.
    {"sqrt", "double", "double", Nulls::kAny, "@sqrt"},
    {"cbrt", "double", "double", Nulls::kAny, "cbrt({0})"},
    {"exp", "double", "double", Nulls::kAny, "exp({0})"},
    {"expm1", "double", "double", Nulls::kAny, "@expm1"},
    {"pow", "double, double", "double", Nulls::kAny, "@pow"},
    {"ln", "double", "double", Nulls::kAlways, "@ln"},
    {"log", "double", "double", Nulls::kAlways, "@ln"},
    {"log", "double, double", "double", Nulls::kAlways, "@log"},
    {"log10", "double", "double", Nulls::kAlways, "@log10"},
    {"log2", "double", "double", Nulls::kAlways, "@log2"},
    {"log1p", "double", "double", Nulls::kAlways, "@log1p"},
    {"sin", "double", "double", Nulls::kAny, "@sin"},
    {"cos", "double", "double", Nulls::kAny, "@cos"},
    {"tan", "double", "double", Nulls::kAny, "@tan"},
    {"asin", "double", "double", Nulls::kAny, "@asin"},
    {"acos", "double", "double", Nulls::kAny, "@acos"},
    {"acosh", "double", "double", Nulls::kAny, "@acosh"},
    {"asinh", "double", "double", Nulls::kAny, "@asinh"},
    {"atanh", "double", "double", Nulls::kAny, "@atanh"},
    {"cot", "double", "double", Nulls::kAny, "@cot"},
    {"csc", "double", "double", Nulls::kAny, "@csc"},
    {"sec", "double", "double", Nulls::kAny, "@sec"},
    {"conv", "string, int, int", "string", Nulls::kAlways, "@conv", true},
    {"width_bucket", "double, double, double, bigint", "bigint", Nulls::kAlways,
     "(CASE WHEN {3} <= 0 OR {1} = {2} THEN NULL WHEN {1} < {2} THEN (CASE WHEN {0} < {1} THEN 0 "
     "WHEN {0} >= {2} THEN {3} + 1 ELSE floor({3} * ({0} - {1}) / ({2} - {1})) + 1 END) ELSE (CASE "
     "WHEN {0} > {1} THEN 0 WHEN {0} <= {2} THEN {3} + 1 ELSE floor({3} * ({1} - {0}) / ({1} - "
     "{2})) + 1 END) END)"},
    {"bit_get", "int, int", "tinyint", Nulls::kAny,
     "(CASE WHEN {1} < 0 OR {1} >= 32 THEN error('[INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE] the "
     "position of a bit of an INT is 0 to 31') ELSE ({0} >> {1}) & 1 END)",
     true},
    {"bit_get", "bigint, int", "tinyint", Nulls::kAny,
     "(CASE WHEN {1} < 0 OR {1} >= 64 THEN error('[INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE] the "
     "position of a bit of a BIGINT is 0 to 63') ELSE ({0} >> {1}) & 1 END)",
     true},
    {"atan", "double", "double", Nulls::kAny, "atan({0})"},
    {"atan2", "double, double", "double", Nulls::kAny, "@atan2"},
    {"sinh", "double", "double", Nulls::kAny, "sinh({0})"},
    {"cosh", "double", "double", Nulls::kAny, "cosh({0})"},
    {"tanh", "double", "double", Nulls::kAny, "tanh({0})"},
    {"hypot", "double, double", "double", Nulls::kAny, "@hypot"},
    {"degrees", "double", "double", Nulls::kAny, "degrees({0})"},
    {"radians", "double", "double", Nulls::kAny, "radians({0})"},
    {"rint", "double", "double", Nulls::kAny, "@rint"},
    {"sign", "double", "double", Nulls::kAny, "@sign"},
    {"pi", "", "double", Nulls::kNever, "pi()"},
    {"e", "", "double", Nulls::kNever, "exp(1::DOUBLE)"},
    {"factorial", "int", "bigint", Nulls::kAlways,
     "(CASE WHEN {0} BETWEEN 0 AND 20 THEN factorial({0}) END)"},
    {"isnan", "double", "boolean", Nulls::kNever, "coalesce(isnan({0}), false)"},
    {"bin", "bigint", "string", Nulls::kAny, "bin({0})"},
    {"bit_count", "bigint", "int", Nulls::kAny, "bit_count({0})"},
    {"shiftleft", "int, int", "int", Nulls::kAny, "@shiftleft"},
    {"shiftleft", "bigint, int", "bigint", Nulls::kAny, "@shiftleft"},
    {"shiftright", "int, int", "int", Nulls::kAny, "@shiftright"},
    {"shiftright", "bigint, int", "bigint", Nulls::kAny, "@shiftright"},
    {"shiftrightunsigned", "int, int", "int", Nulls::kAny, "@shiftrightunsigned"},
    {"shiftrightunsigned", "bigint, int", "bigint", Nulls::kAny, "@shiftrightunsigned"},
};

constexpr Overload kConditional[] = {
    {"coalesce", "T...", "T", Nulls::kAll, "coalesce({*})"},
    {"nvl2", "any, T, T", "T", Nulls::kAlways, "(CASE WHEN {0} IS NOT NULL THEN {1} ELSE {2} END)"},
    {"if", "boolean, T, T", "T", Nulls::kAlways, "(CASE WHEN {0} THEN {1} ELSE {2} END)"},
    {"nullif", "any, any", "", Nulls::kAlways, ""},  // a CASE: functions_operator.cc
    {"nanvl", "double, double", "double", Nulls::kAlways,
     "(CASE WHEN isnan({0}) THEN {1} ELSE {0} END)"},
    // Nulls are skipped, NaN is the greatest: the same in both.
    {"greatest", "T, T...", "T", Nulls::kAll, "greatest({*})"},
    {"least", "T, T...", "T", Nulls::kAll, "least({*})"},
};

}  // namespace

std::span<const Overload> MathFunctions() { return kFunctions; }
std::span<const Overload> ConditionalFunctions() { return kConditional; }

}  // namespace headrace::sql
