// Aggregate functions and window() in expressions.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sql/aggregate_functions.h"
#include "sql/coercion.h"
#include "sql/error.h"
#include "sql/expression_analyzer.h"
#include "sql/functions.h"
#include "sql/interval.h"
#include "sql/names.h"
#include "sql/structure.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

// In how many hopping windows one row may be.
constexpr int64_t kWindowsOfRowMax = 1'000;

// Aggregate, generator and window functions of Spark that headrace doesn't have.
constexpr std::array<std::string_view, 21> kUnsupported = {"approx_top_k",
                                                           "count_min_sketch",
                                                           "cume_dist",
                                                           "dense_rank",
                                                           "histogram_numeric",
                                                           "hll_sketch_agg",
                                                           "kurtosis",
                                                           "lag",
                                                           "lead",
                                                           "nth_value",
                                                           "ntile",
                                                           "percent_rank",
                                                           "percentile_cont",
                                                           "percentile_disc",
                                                           "rank",
                                                           "row_number",
                                                           "session_window",
                                                           "skewness",
                                                           "try_avg",
                                                           "try_sum",
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
                   "compute the inner one in a query of its own: FROM (SELECT ...)");
  if (rules_.grouping == nullptr)
    return ErrorAt(span, fmt::format("{} must not hold an aggregate function", rules_.clause),
                   rules_.clause == "WHERE" ? "a condition on groups goes into HAVING" : "");
  if (call.ignore_nulls && function != "first" && function != "last" && function != "any_value")
    return ErrorAt(span, fmt::format("{} takes no IGNORE NULLS", function));
  in_aggregate_ = true;
  auto lowered = LowerAggregate(function, call, span);
  in_aggregate_ = false;
  if (!lowered.ok()) return lowered.status();
  if (lowered->argument != nullptr && rules_.grouping->UsesGroup(*lowered->argument))
    return ErrorAt(span, "an aggregate over the window itself is not supported yet",
                   "aggregate its time column");
  if (rules_.grouping->calls() >= kAggregateCallsMax)
    return ErrorAt(span, fmt::format("SELECT has more than {} aggregates", kAggregateCallsMax));
  ASSIGN_OR_RAISE(auto type,
                  AggregateType(lowered->function,
                                lowered->argument ? lowered->argument->type : nullptr, span));
  if (lowered->several) type = arrow::list(type);
  ExpressionPtr result =
      rules_.grouping->AddCall(lowered->function, std::move(lowered->argument), lowered->distinct,
                               std::move(type), std::move(lowered->parameters), span);
  return function == "listagg" ? JoinList(std::move(result), call, span) : result;
}

// grouping(key): 1 where the grouping set leaves the key out. grouping_id(): a bit for each key.
Result<ExpressionPtr> ExpressionAnalyzer::GroupingFunction(const ast::Function& call, Span span) {
  const bool one = SameName(call.name.name, "grouping");
  if (rules_.grouping == nullptr || in_aggregate_ || !rules_.grouping->has_sets())
    return ErrorAt(span,
                   fmt::format("{} needs GROUPING SETS, ROLLUP or CUBE", Lower(call.name.name)));
  const std::vector<ExpressionPtr>& keys = rules_.grouping->keys();
  std::vector<ExpressionPtr> named;
  for (const ast::ExpressionPtr& argument : call.arguments) {
    ASSIGN_OR_RAISE(ExpressionPtr key, Analyze(*argument));
    named.push_back(std::move(key));
  }
  ExpressionPtr id = rules_.grouping->GroupingIdColumn(span);
  if (!one) {
    if (!named.empty() &&
        !std::equal(named.begin(), named.end(), keys.begin(), keys.end(), SameExpression))
      return ErrorAt(span,
                     "grouping_id takes no arguments, or all keys of GROUP BY in their order");
    return id;
  }
  if (named.size() != 1)
    return ErrorAt(span, fmt::format("grouping takes one key, here are {}", named.size()));
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const ExpressionPtr& other) {
    return SameExpression(other, named[0]);
  });
  if (key == keys.end()) return ErrorAt(call.arguments[0]->span, "this is no key of GROUP BY");
  const auto number = [&](int64_t value) {
    return MakeLiteral(std::make_shared<arrow::Int32Scalar>(static_cast<int32_t>(value)), span);
  };
  ASSIGN_OR_RAISE(ExpressionPtr bits,
                  ResolveCall("shiftright", {std::move(id), number(keys.end() - key - 1)}, span));
  ASSIGN_OR_RAISE(ExpressionPtr bit, ResolveCall("%", {std::move(bits), number(2)}, span));
  return ResolveCast(std::move(bit), arrow::int8(), false, span);
}

Result<WindowCall> ExpressionAnalyzer::AnalyzeSession(const ast::Function& function, Span span) {
  const auto& arguments = function.arguments;
  if (arguments.size() != 2)
    return ErrorAt(span,
                   fmt::format("session_window takes 2 arguments, here are {}", arguments.size()),
                   "write session_window(time, gap)");
  WindowCall window;
  window.session = true;
  ASSIGN_OR_RAISE(window.time, WindowTime(*arguments[0]));
  ASSIGN_OR_RAISE(window.size_us, LengthOf(*arguments[1], "gap"));
  if (window.size_us <= 0)
    return ErrorAt(arguments[1]->span, "the gap of a session must be more than zero");
  window.slide_us = window.size_us;
  return window;
}

Result<ExpressionPtr> ExpressionAnalyzer::WindowTime(const ast::Expression& argument) {
  ASSIGN_OR_RAISE(ExpressionPtr time, Analyze(argument));
  if (IsUtcTimestamp(*time->type)) return time;
  return ErrorAt(
      argument.span,
      fmt::format("the time of a window must be a TIMESTAMP, this is {}", TypeName(*time->type)),
      "make it one: CAST(... AS TIMESTAMP), timestamp_millis(...)");
}

Result<WindowCall> ExpressionAnalyzer::AnalyzeWindow(const ast::Function& function, Span span) {
  if (SameName(function.name.name, "session_window")) return AnalyzeSession(function, span);
  const auto& arguments = function.arguments;
  if (arguments.size() < 2 || arguments.size() > 4)
    return ErrorAt(span,
                   fmt::format("window takes 2 to 4 arguments, here are {}", arguments.size()),
                   "write window(time, size), window(time, size, slide) or window(time, size, "
                   "slide, start)");
  WindowCall window;
  ASSIGN_OR_RAISE(window.time, WindowTime(*arguments[0]));
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
  const std::string name = Lower(call.name.name);
  if (rules_.grouping == nullptr || in_aggregate_ || !rules_.grouping->window())
    return ErrorAt(span, fmt::format("{}() must be an expression of GROUP BY", name),
                   fmt::format("GROUP BY {0}(...), then use {0}.start and {0}.end", name));
  const Grouping& grouping = *rules_.grouping;
  ASSIGN_OR_RAISE(const WindowCall window, AnalyzeWindow(call, span));
  if (!window.Same(*grouping.window()))
    return ErrorAt(span, "this window is not the one of GROUP BY");
  return std::make_shared<Expression>(
      Expression{ColumnReference{grouping.window_column()}, WindowType(), false, span});
}

}  // namespace headrace::sql
