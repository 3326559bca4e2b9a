// Aggregate functions and window() in expressions.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sql/coercion.h"
#include "sql/error.h"
#include "sql/expression_analyzer.h"
#include "sql/functions.h"
#include "sql/interval.h"
#include "sql/names.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

// In how many hopping windows one row may be.
constexpr int64_t kWindowsOfRowMax = 1'000;

// What Spark has beside the aggregate functions of headrace: aggregate, generator and window
// functions.
constexpr std::array<std::string_view, 62> kUnsupported = {"any",
                                                           "any_value",
                                                           "approx_count_distinct",
                                                           "approx_percentile",
                                                           "array_agg",
                                                           "bit_and",
                                                           "bit_or",
                                                           "bit_xor",
                                                           "bool_and",
                                                           "bool_or",
                                                           "collect_list",
                                                           "collect_set",
                                                           "corr",
                                                           "covar_pop",
                                                           "covar_samp",
                                                           "cume_dist",
                                                           "dense_rank",
                                                           "every",
                                                           "explode",
                                                           "explode_outer",
                                                           "first",
                                                           "first_value",
                                                           "grouping",
                                                           "grouping_id",
                                                           "histogram_numeric",
                                                           "inline",
                                                           "inline_outer",
                                                           "kurtosis",
                                                           "lag",
                                                           "last",
                                                           "last_value",
                                                           "lead",
                                                           "listagg",
                                                           "max_by",
                                                           "median",
                                                           "min_by",
                                                           "mode",
                                                           "nth_value",
                                                           "ntile",
                                                           "percent_rank",
                                                           "percentile",
                                                           "percentile_approx",
                                                           "posexplode",
                                                           "posexplode_outer",
                                                           "rank",
                                                           "regr_slope",
                                                           "row_number",
                                                           "session_window",
                                                           "skewness",
                                                           "some",
                                                           "stack",
                                                           "std",
                                                           "stddev",
                                                           "stddev_pop",
                                                           "stddev_samp",
                                                           "string_agg",
                                                           "try_avg",
                                                           "try_sum",
                                                           "var_pop",
                                                           "var_samp",
                                                           "variance",
                                                           "window_time"};

// Returns a length of time that is written as a literal, in microseconds.
Result<int64_t> LengthOf(const ast::Expression& argument, std::string_view what) {
  const auto wrong = [&] {
    return ErrorAt(argument.span, fmt::format("the {} of a window must be a length of time", what),
                   "write '1 hour', '90 seconds' or INTERVAL '1' DAY");
  };
  const auto* literal = std::get_if<ast::Literal>(&argument.node);
  if (literal == nullptr) return wrong();
  if (literal->value->type->id() == arrow::Type::DURATION)
    return static_cast<const arrow::DurationScalar&>(*literal->value).value;
  if (literal->value->type->id() == arrow::Type::INTERVAL_MONTHS)
    return ErrorAt(argument.span, "months have no fixed length", "count in days or less");
  if (literal->value->type->id() != arrow::Type::STRING) return wrong();
  const auto interval = ParseInterval(literal->value->ToString());
  if (!interval) return wrong();
  if (interval->months != 0)
    return ErrorAt(argument.span, "months have no fixed length", "count in days or less");
  return interval->microseconds;
}

}  // namespace

std::string AggregateFunction(std::string_view function) {
  if (SameName(function, "mean")) return "avg";
  if (SameName(function, "count_if")) return "count_if";
  return IsAggregateFunction(function) ? Lower(function) : "";
}

bool IsUnsupportedFunction(std::string_view function) {
  return std::ranges::find(kUnsupported, Lower(function)) != kUnsupported.end();
}

bool IsFunctionWithoutBrackets(std::string_view name) {
  for (const std::string_view function :
       {"current_timestamp", "current_date", "localtimestamp", "current_user", "user"}) {
    if (SameName(function, name)) return true;
  }
  return false;
}

Result<ExpressionPtr> ExpressionAnalyzer::Aggregate(const std::string& function,
                                                    const ast::Function& call, Span span) {
  if (in_aggregate_)
    return ErrorAt(span, "an aggregate function stands inside another one",
                   "compute the inner one in a view of its own");
  if (rules_.grouping == nullptr)
    return ErrorAt(span, fmt::format("{} must not hold an aggregate function", rules_.clause),
                   rules_.clause == "WHERE" ? "a condition on groups goes into HAVING" : "");
  in_aggregate_ = true;
  auto argument = AggregateArgument(function, call, span);
  if (argument.ok() && call.filter != nullptr) argument = Filtered(call, *argument, span);
  in_aggregate_ = false;
  if (!argument.ok()) return argument.status();
  if (*argument != nullptr && rules_.grouping->UsesGroup(**argument))
    return ErrorAt(span, "an aggregate over the window itself is not supported yet",
                   "aggregate its time column");
  const std::string lowered = function == "count_if" ? "count" : function;
  if (*argument != nullptr) argument = ArgumentOfType(lowered, call.distinct, *argument);
  if (!argument.ok()) return argument.status();
  ASSIGN_OR_RAISE(auto type, AggregateType(lowered, *argument ? (*argument)->type : nullptr, span));
  // Of the least and the greatest value it doesn't matter how often they are there.
  const bool distinct = call.distinct && lowered != "min" && lowered != "max";
  if (rules_.grouping->calls() >= kAggregateCallsMax)
    return ErrorAt(span, fmt::format("SELECT has more than {} aggregates", kAggregateCallsMax));
  return rules_.grouping->AddCall(lowered, *std::move(argument), distinct, std::move(type), span);
}

// Returns what is aggregated; null for count(*) and what equals it.
Result<ExpressionPtr> ExpressionAnalyzer::AggregateArgument(const std::string& function,
                                                            const ast::Function& call, Span span) {
  const bool counts = function == "count";
  if (call.arguments.size() > 1 && counts)
    return NotSupported(span, "count of several expressions", "count a struct of them");
  if (call.arguments.size() != 1)
    return ErrorAt(
        span, fmt::format("{} takes one argument, here are {}", function, call.arguments.size()),
        counts ? "to count rows write count(*)" : "");
  if (const auto* star = std::get_if<ast::Star>(&call.arguments[0]->node)) {
    if (!counts || call.distinct || !star->qualifier.empty())
      return ErrorAt(call.arguments[0]->span, "* stands only in count(*)");
    return nullptr;
  }
  ASSIGN_OR_RAISE(ExpressionPtr argument, Analyze(*call.arguments[0]));
  if (function == "count_if") {
    ExpressionPtr one = MakeLiteral(std::make_shared<arrow::BooleanScalar>(true), span);
    return ResolveCall("case_when", {std::move(argument), std::move(one)}, span);
  }
  const bool always_there = std::holds_alternative<Literal>(argument->node) && !argument->nullable;
  return counts && !call.distinct && always_there ? nullptr : argument;
}

// Gives the argument a type that can be summed, compared or kept.
Result<ExpressionPtr> ExpressionAnalyzer::ArgumentOfType(const std::string& function, bool distinct,
                                                         ExpressionPtr argument) {
  const arrow::DataType& type = *argument->type;
  const bool always_null = type.id() == arrow::Type::NA;
  const Span span = argument->span;
  if (function == "sum" || function == "avg") {
    if (!always_null && type.id() != arrow::Type::STRING) return argument;
    return ResolveCast(std::move(argument), arrow::float64(), false, span);
  }
  if (function == "count" && always_null)
    return ResolveCast(std::move(argument), arrow::boolean(), false, span);
  if (always_null)
    return ErrorAt(span, fmt::format("the argument of {} is always NULL and has no type", function),
                   "give it one: CAST(NULL AS INT)");
  if (distinct && !IsComparable(type))
    return ErrorAt(span, "DISTINCT cannot compare values of type " + TypeName(type));
  return argument;
}

// FILTER (WHERE condition): other rows give null, which no aggregate function regards.
Result<ExpressionPtr> ExpressionAnalyzer::Filtered(const ast::Function& call,
                                                   ExpressionPtr argument, Span span) {
  ASSIGN_OR_RAISE(ExpressionPtr condition, Analyze(*call.filter));
  if (argument == nullptr)
    argument = MakeLiteral(std::make_shared<arrow::BooleanScalar>(true), span);
  return ResolveCall("case_when", {std::move(condition), std::move(argument)}, span);
}

Result<WindowCall> ExpressionAnalyzer::AnalyzeWindow(const ast::Function& function, Span span) {
  const auto& arguments = function.arguments;
  if (arguments.size() < 2 || arguments.size() > 4)
    return ErrorAt(span,
                   fmt::format("window takes 2 to 4 arguments, here are {}", arguments.size()),
                   "write window(time, size), window(time, size, slide) or window(time, size, "
                   "slide, start)");
  WindowCall window;
  ASSIGN_OR_RAISE(window.time, Analyze(*arguments[0]));
  if (!IsUtcTimestamp(*window.time->type))
    return ErrorAt(arguments[0]->span,
                   fmt::format("the time of a window must be a TIMESTAMP, this is {}",
                               TypeName(*window.time->type)),
                   "make it one: CAST(... AS TIMESTAMP), timestamp_millis(...)");
  ASSIGN_OR_RAISE(window.size_us, LengthOf(*arguments[1], "size"));
  window.slide_us = window.size_us;
  if (arguments.size() > 2) {
    ASSIGN_OR_RAISE(window.slide_us, LengthOf(*arguments[2], "slide"));
  }
  if (arguments.size() > 3) {
    ASSIGN_OR_RAISE(window.start_us, LengthOf(*arguments[3], "start"));
  }
  if (window.size_us <= 0 || window.slide_us <= 0)
    return ErrorAt(span, "size and slide of a window must be more than zero");
  if (window.slide_us > window.size_us)
    return ErrorAt(arguments[2]->span, "the slide of a window must not be more than its size");
  if (window.size_us / window.slide_us > kWindowsOfRowMax)
    return ErrorAt(arguments[2]->span,
                   fmt::format("each row would belong to {} windows, more than {}",
                               window.size_us / window.slide_us, kWindowsOfRowMax));
  if (window.start_us >= window.slide_us || window.start_us <= -window.slide_us)
    return ErrorAt(arguments[3]->span, "the start of a window must be less than its slide");
  return window;
}

// window() in SELECT or HAVING is the one of GROUP BY.
Result<ExpressionPtr> ExpressionAnalyzer::WindowColumn(const ast::Function& call, Span span) {
  if (rules_.grouping == nullptr || in_aggregate_ || !rules_.grouping->window())
    return ErrorAt(span, "window() must be an expression of GROUP BY",
                   "GROUP BY window(...), then use window.start and window.end");
  const Grouping& grouping = *rules_.grouping;
  ASSIGN_OR_RAISE(const WindowCall window, AnalyzeWindow(call, span));
  if (!window.Same(*grouping.window()))
    return ErrorAt(span, "this window is not the one of GROUP BY");
  return std::make_shared<Expression>(
      Expression{ColumnReference{grouping.window_column()}, WindowType(), false, span});
}

}  // namespace headrace::sql
