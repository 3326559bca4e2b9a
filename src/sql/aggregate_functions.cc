#include "sql/aggregate_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sql/names.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

using arrow::Type;

// Each name, and the function's own one.
const std::map<std::string_view, std::string_view>& Names() {
  static const auto* names = new std::map<std::string_view, std::string_view>{
      {"any", "bool_or"},
      {"any_value", "any_value"},
      {"approx_count_distinct", "approx_count_distinct"},
      {"approx_percentile", "percentile_approx"},
      {"array_agg", "collect_list"},
      {"avg", "avg"},
      {"bit_and", "bit_and"},
      {"bit_or", "bit_or"},
      {"bit_xor", "bit_xor"},
      {"bool_and", "bool_and"},
      {"bool_or", "bool_or"},
      {"collect_list", "collect_list"},
      {"collect_set", "collect_set"},
      {"corr", "corr"},
      {"count", "count"},
      {"count_if", "count_if"},
      {"covar_pop", "covar_pop"},
      {"covar_samp", "covar_samp"},
      {"every", "bool_and"},
      {"first", "first"},
      {"first_value", "first"},
      {"last", "last"},
      {"last_value", "last"},
      {"listagg", "listagg"},
      {"max", "max"},
      {"max_by", "max_by"},
      {"mean", "avg"},
      {"median", "median"},
      {"min", "min"},
      {"min_by", "min_by"},
      {"mode", "mode"},
      {"percentile", "percentile"},
      {"percentile_approx", "percentile_approx"},
      {"regr_avgx", "regr_avgx"},
      {"regr_avgy", "regr_avgy"},
      {"regr_count", "regr_count"},
      {"regr_intercept", "regr_intercept"},
      {"regr_r2", "regr_r2"},
      {"regr_slope", "regr_slope"},
      {"regr_sxx", "regr_sxx"},
      {"regr_sxy", "regr_sxy"},
      {"regr_syy", "regr_syy"},
      {"some", "bool_or"},
      {"std", "stddev_samp"},
      {"stddev", "stddev_samp"},
      {"stddev_pop", "stddev_pop"},
      {"stddev_samp", "stddev_samp"},
      {"string_agg", "listagg"},
      {"sum", "sum"},
      {"var_pop", "var_pop"},
      {"var_samp", "var_samp"},
      {"variance", "var_samp"}};
  return *names;
}

Status DoesntTake(std::string_view function, const arrow::DataType& type, std::string_view takes,
                  Span span) {
  return UserError(
      {Diagnostic{fmt::format("[DATATYPE_MISMATCH] {} doesn't take {}", function, TypeName(type)),
                  fmt::format("it takes {}", takes), span}});
}

Result<TypePtr> SumType(std::string_view function, const TypePtr& argument, Span span) {
  if (IsDecimal(*argument)) {
    const auto& decimal = static_cast<const arrow::Decimal128Type&>(*argument);
    const int precision = decimal.precision();
    if (function == "sum") return arrow::decimal128(std::min(38, precision + 10), decimal.scale());
    return arrow::decimal128(std::min(38, precision + 4), std::min(38, decimal.scale() + 4));
  }
  if (IsIntegral(*argument)) return function == "sum" ? arrow::int64() : arrow::float64();
  if (IsFloating(*argument)) return arrow::float64();
  return DoesntTake(function, *argument, "numbers", span);
}

}  // namespace

std::string AggregateFunction(std::string_view function) {
  const auto found = Names().find(Lower(function));
  return found == Names().end() ? "" : std::string(found->second);
}

bool AggregateCanBeNull(std::string_view function) {
  return function != "count" && function != "regr_count" && function != "collect_list" &&
         function != "collect_set";
}

bool IsOfPairs(std::string_view function) {
  return function == "corr" || function == "covar_pop" || function == "covar_samp" ||
         function == "max_by" || function == "min_by" || function.starts_with("regr_");
}

bool KeepsValues(std::string_view function) {
  return function.starts_with("percentile") || function == "mode" || function == "max_by" ||
         function == "min_by" || function == "collect_list" || function == "collect_set";
}

Result<TypePtr> AggregateType(std::string_view function, const TypePtr& argument, Span span) {
  if (function == "count" || function == "regr_count") return arrow::int64();
  if (argument == nullptr) {
    return UserError({Diagnostic{fmt::format("{}(*) has no meaning", function),
                                 fmt::format("name a column: {}(column)", function), span}});
  }
  if (function == "sum" || function == "avg") return SumType(function, argument, span);
  if (function == "min" || function == "max") {
    if (argument->id() == Type::MAP)
      return DoesntTake(function, *argument, "any type but maps", span);
    return argument;
  }
  if (function == "collect_list" || function == "collect_set") {
    if (function == "collect_set" && !IsComparable(*argument))
      return DoesntTake(function, *argument, "any type but maps", span);
    return arrow::list(argument);
  }
  if (function.starts_with("bit_")) {
    if (!IsIntegral(*argument)) return DoesntTake(function, *argument, "integers", span);
    return argument;
  }
  if (function == "first" || function == "last" || function == "any_value") {
    return argument->field(0)->type();
  }
  if (function == "max_by" || function == "min_by") return argument->field(1)->type();
  if (function == "mode" || function == "percentile_approx") return argument;
  return arrow::float64();  // percentile and moments
}

}  // namespace headrace::sql
