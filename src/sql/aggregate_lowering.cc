// What a call of an aggregate function becomes in the plan: one function of fewer, one argument, a
// struct where it takes several.
#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "sql/aggregate_functions.h"
#include "sql/error.h"
#include "sql/expression_analyzer.h"
#include "sql/functions.h"
#include "sql/names.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

ExpressionPtr Text(const char* value, Span span) {
  return MakeLiteral(std::make_shared<arrow::StringScalar>(value), span);
}

Result<ExpressionPtr> StructOf(const char* first_name, ExpressionPtr first, const char* second_name,
                               ExpressionPtr second, Span span) {
  return ResolveCall(
      "named_struct",
      {Text(first_name, span), std::move(first), Text(second_name, span), std::move(second)}, span);
}

// Returns `value` where all of `present` are there, else null.
Result<ExpressionPtr> WhereThere(const std::vector<ExpressionPtr>& present, ExpressionPtr value,
                                 Span span) {
  ExpressionPtr condition;
  for (const ExpressionPtr& one : present) {
    if (!one->nullable) continue;
    ASSIGN_OR_RAISE(ExpressionPtr there, ResolveCall("is_not_null", {one}, span));
    if (condition == nullptr) {
      condition = std::move(there);
    } else {
      ASSIGN_OR_RAISE(condition, ResolveCall("and", {condition, std::move(there)}, span));
    }
  }
  if (condition == nullptr) return value;
  return ResolveCall("case_when", {std::move(condition), std::move(value)}, span);
}

Result<double> PercentageOf(const ast::Expression& written) {
  const auto wrong = [&] {
    return ErrorAt(written.span, "a percentage must be a literal between 0.0 and 1.0");
  };
  const auto* literal = std::get_if<ast::Literal>(&written.node);
  if (literal == nullptr || !literal->value->is_valid) return wrong();
  const arrow::DataType& type = *literal->value->type;
  if (!IsNumeric(type)) return wrong();
  const double value = std::strtod(literal->value->ToString().c_str(), nullptr);
  if (!(value >= 0 && value <= 1)) return wrong();
  return value;
}

}  // namespace

Result<ExpressionAnalyzer::LoweredAggregate> ExpressionAnalyzer::LowerAggregate(
    const std::string& function, const ast::Function& call, Span span) {
  if (function == "count") return LowerCount(call, span);
  if (IsOfPairs(function)) return LowerPairs(function, call, span);
  if (function == "percentile" || function == "percentile_approx" || function == "median")
    return LowerPercentile(function, call, span);
  if (function == "first" || function == "last" || function == "any_value")
    return LowerFirst(function, call, span);
  LoweredAggregate out{function, nullptr, call.distinct};
  if (function == "approx_count_distinct" || function == "listagg") {
    if (call.arguments.empty() || call.arguments.size() > 2)
      return ErrorAt(span, fmt::format("{} takes one or two arguments", function));
    ASSIGN_OR_RAISE(out.argument, Analyze(*call.arguments[0]));
  } else {
    ASSIGN_OR_RAISE(out.argument, OneArgument(function, call, span));
  }
  const bool always_null = out.argument->type->id() == arrow::Type::NA;
  const bool text = out.argument->type->id() == arrow::Type::STRING;
  const bool moments = function.starts_with("stddev") || function.starts_with("var_");
  if (moments || ((function == "sum" || function == "avg") && (always_null || text))) {
    ASSIGN_OR_RAISE(out.argument, ResolveCast(out.argument, arrow::float64(), false, span));
  } else if (function == "bool_and" || function == "bool_or" || function == "count_if") {
    if (!always_null && out.argument->type->id() != arrow::Type::BOOL)
      return ErrorAt(span, fmt::format("{} takes a BOOLEAN, this is {}", function,
                                       TypeName(*out.argument->type)));
    ASSIGN_OR_RAISE(out.argument, ResolveCast(out.argument, arrow::boolean(), false, span));
  } else if (function == "listagg") {
    ASSIGN_OR_RAISE(out.argument, ResolveCast(out.argument, arrow::utf8(), false, span));
  } else if (always_null) {
    return ErrorAt(out.argument->span,
                   fmt::format("the argument of {} is always NULL and has no type", function),
                   "give it one: CAST(NULL AS INT)");
  }
  if ((call.distinct || function == "approx_count_distinct" || function == "mode") &&
      !IsComparable(*out.argument->type))
    return ErrorAt(
        span, fmt::format("{} cannot compare values of type {}",
                          call.distinct ? "DISTINCT" : function, TypeName(*out.argument->type)));
  if (function == "count_if") {
    ExpressionPtr one = MakeLiteral(std::make_shared<arrow::BooleanScalar>(true), span);
    ASSIGN_OR_RAISE(out.argument,
                    ResolveCall("case_when", {std::move(out.argument), std::move(one)}, span));
    out.function = "count";
  } else if (function == "bool_and" || function == "bool_or") {
    out.function = function == "bool_and" ? "min" : "max";
  } else if (function == "approx_count_distinct") {
    out.function = "count";
    out.distinct = true;
  } else if (function == "listagg") {
    out.function = "collect_list";
  }
  // Of the least and the greatest value, and of bits that are set, it doesn't matter how often.
  if (out.function == "min" || out.function == "max" || out.function == "bit_and" ||
      out.function == "bit_or" || out.function == "collect_set")
    out.distinct = false;
  if (out.distinct && out.function == "collect_list") {
    out.function = "collect_set";
    out.distinct = false;
  }
  ASSIGN_OR_RAISE(out.argument, Filtered(call, std::move(out.argument), span));
  return out;
}

Result<ExpressionPtr> ExpressionAnalyzer::OneArgument(const std::string& function,
                                                      const ast::Function& call, Span span) {
  if (call.arguments.size() != 1)
    return ErrorAt(
        span, fmt::format("{} takes one argument, here are {}", function, call.arguments.size()));
  if (std::holds_alternative<ast::Star>(call.arguments[0]->node))
    return ErrorAt(call.arguments[0]->span, "* stands only in count(*)");
  return Analyze(*call.arguments[0]);
}

// count(*); count(x), and what equals count(*); count(x, y): rows in which all are there.
Result<ExpressionAnalyzer::LoweredAggregate> ExpressionAnalyzer::LowerCount(
    const ast::Function& call, Span span) {
  LoweredAggregate out{"count", nullptr, call.distinct};
  if (call.arguments.empty())
    return ErrorAt(span, "count takes an argument, here are 0", "to count rows write count(*)");
  if (const auto* star = std::get_if<ast::Star>(&call.arguments[0]->node)) {
    if (call.distinct || !star->qualifier.empty() || call.arguments.size() > 1)
      return ErrorAt(call.arguments[0]->span, "* stands only in count(*)");
    ASSIGN_OR_RAISE(out.argument, Filtered(call, nullptr, span));
    return out;
  }
  ASSIGN_OR_RAISE(std::vector<ExpressionPtr> values, AnalyzeAll(call.arguments));
  for (ExpressionPtr& value : values) {
    if (value->type->id() == arrow::Type::NA) {
      ASSIGN_OR_RAISE(value, ResolveCast(value, arrow::boolean(), false, span));
    }
    if (call.distinct && !IsComparable(*value->type))
      return ErrorAt(value->span,
                     "DISTINCT cannot compare values of type " + TypeName(*value->type));
  }
  if (values.size() == 1) {
    const bool always_there =
        std::holds_alternative<Literal>(values[0]->node) && !values[0]->nullable && !call.distinct;
    if (!always_there) out.argument = values[0];
  } else {
    ExpressionPtr value = MakeLiteral(std::make_shared<arrow::BooleanScalar>(true), span);
    if (call.distinct) {
      ASSIGN_OR_RAISE(value, ResolveCall("struct", values, span));
    }
    ASSIGN_OR_RAISE(out.argument, WhereThere(values, std::move(value), span));
  }
  ASSIGN_OR_RAISE(out.argument, Filtered(call, std::move(out.argument), span));
  return out;
}

// Of two values: both as DOUBLE where they are correlated, rows in which both are there; what
// max_by orders by before what it returns.
Result<ExpressionAnalyzer::LoweredAggregate> ExpressionAnalyzer::LowerPairs(
    const std::string& function, const ast::Function& call, Span span) {
  if (call.arguments.size() != 2)
    return ErrorAt(
        span, fmt::format("{} takes two arguments, here are {}", function, call.arguments.size()));
  ASSIGN_OR_RAISE(std::vector<ExpressionPtr> values, AnalyzeAll(call.arguments));
  LoweredAggregate out{function, nullptr, call.distinct};
  if (function == "max_by" || function == "min_by") {
    for (const ExpressionPtr& value : values) {
      if (value->type->id() == arrow::Type::NA)
        return ErrorAt(value->span,
                       fmt::format("the argument of {} is always NULL and has no type", function),
                       "give it one: CAST(NULL AS INT)");
    }
    out.distinct = false;
    ASSIGN_OR_RAISE(out.argument, StructOf("by", values[1], "value", values[0], span));
    ASSIGN_OR_RAISE(out.argument, WhereThere({values[1]}, std::move(out.argument), span));
  } else {
    for (ExpressionPtr& value : values) {
      ASSIGN_OR_RAISE(value, ResolveCast(value, arrow::float64(), false, span));
    }
    // regr_...(y, x): the dependent value comes first.
    ASSIGN_OR_RAISE(out.argument, StructOf("y", values[0], "x", values[1], span));
    ASSIGN_OR_RAISE(out.argument, WhereThere(values, std::move(out.argument), span));
  }
  ASSIGN_OR_RAISE(out.argument, Filtered(call, std::move(out.argument), span));
  return out;
}

// median(x), percentile(x, p), percentile_approx(x, p[, accuracy]); p may be an array of literals.
Result<ExpressionAnalyzer::LoweredAggregate> ExpressionAnalyzer::LowerPercentile(
    const std::string& function, const ast::Function& call, Span span) {
  const bool approximate = function == "percentile_approx";
  const size_t most = function == "median" ? 1 : approximate ? 3 : 2;
  const size_t least = function == "median" ? 1 : 2;
  if (call.arguments.size() < least || call.arguments.size() > most)
    return ErrorAt(span, fmt::format("{} takes {} arguments, here are {}", function, least,
                                     call.arguments.size()));
  LoweredAggregate out{approximate ? "percentile_approx" : "percentile", nullptr, call.distinct};
  ASSIGN_OR_RAISE(out.argument, Analyze(*call.arguments[0]));
  if (!approximate || out.argument->type->id() == arrow::Type::STRING ||
      out.argument->type->id() == arrow::Type::NA) {
    ASSIGN_OR_RAISE(out.argument, ResolveCast(out.argument, arrow::float64(), false, span));
  }
  if (!IsNumeric(*out.argument->type) && !IsTimestamp(*out.argument->type) &&
      out.argument->type->id() != arrow::Type::DATE32)
    return ErrorAt(span,
                   fmt::format("{} doesn't take {}", function, TypeName(*out.argument->type)));
  if (function == "median") {
    out.parameters = {0.5};
  } else {
    const ast::Expression& written = *call.arguments[1];
    const auto* array = std::get_if<ast::Function>(&written.node);
    out.several = array != nullptr && SameName(array->name.name, "array");
    if (!out.several) {
      ASSIGN_OR_RAISE(const double percentage, PercentageOf(written));
      out.parameters = {percentage};
    } else {
      for (const ast::ExpressionPtr& one : array->arguments) {
        ASSIGN_OR_RAISE(const double percentage, PercentageOf(*one));
        out.parameters.push_back(percentage);
      }
      if (out.parameters.empty()) return ErrorAt(written.span, "the array of percentages is empty");
    }
  }
  ASSIGN_OR_RAISE(out.argument, Filtered(call, std::move(out.argument), span));
  return out;
}

// first(x[, true]): nulls count unless they are to be ignored, so the value goes into a struct; a
// null struct is a row that doesn't count.
Result<ExpressionAnalyzer::LoweredAggregate> ExpressionAnalyzer::LowerFirst(
    const std::string& function, const ast::Function& call, Span span) {
  bool ignore_nulls = call.ignore_nulls;
  if (call.arguments.empty() || call.arguments.size() > 2)
    return ErrorAt(span, fmt::format("{} takes one or two arguments", function));
  if (call.arguments.size() == 2) {
    const auto* literal = std::get_if<ast::Literal>(&call.arguments[1]->node);
    if (literal == nullptr || literal->value->type->id() != arrow::Type::BOOL)
      return ErrorAt(call.arguments[1]->span, "whether nulls are ignored is said by true or false");
    ignore_nulls = ignore_nulls || static_cast<const arrow::BooleanScalar&>(*literal->value).value;
  }
  ASSIGN_OR_RAISE(ExpressionPtr value, Analyze(*call.arguments[0]));
  if (value->type->id() == arrow::Type::NA)
    return ErrorAt(value->span,
                   fmt::format("the argument of {} is always NULL and has no type", function),
                   "give it one: CAST(NULL AS INT)");
  LoweredAggregate out{function, nullptr, false};
  ASSIGN_OR_RAISE(out.argument, ResolveCall("struct", {value}, span));
  if (ignore_nulls) {
    ASSIGN_OR_RAISE(out.argument, WhereThere({value}, std::move(out.argument), span));
  }
  ASSIGN_OR_RAISE(out.argument, Filtered(call, std::move(out.argument), span));
  return out;
}

// FILTER (WHERE condition): other rows give null, which no aggregate function regards.
Result<ExpressionPtr> ExpressionAnalyzer::Filtered(const ast::Function& call,
                                                   ExpressionPtr argument, Span span) {
  if (call.filter == nullptr) return argument;
  ASSIGN_OR_RAISE(ExpressionPtr condition, Analyze(*call.filter));
  if (argument == nullptr)
    argument = MakeLiteral(std::make_shared<arrow::BooleanScalar>(true), span);
  return ResolveCall("case_when", {std::move(condition), std::move(argument)}, span);
}

// listagg(x[, delimiter]): null where there is nothing to join.
Result<ExpressionPtr> ExpressionAnalyzer::JoinList(ExpressionPtr list, const ast::Function& call,
                                                   Span span) {
  ExpressionPtr delimiter = Text("", span);
  if (call.arguments.size() == 2) {
    ASSIGN_OR_RAISE(delimiter, Analyze(*call.arguments[1]));
  }
  ASSIGN_OR_RAISE(ExpressionPtr size, ResolveCall("size", {list}, span));
  const ExpressionPtr zero = MakeLiteral(std::make_shared<arrow::Int32Scalar>(0), span);
  ASSIGN_OR_RAISE(ExpressionPtr some, ResolveCall(">", {std::move(size), zero}, span));
  ASSIGN_OR_RAISE(ExpressionPtr text,
                  ResolveCall("array_join", {std::move(list), std::move(delimiter)}, span));
  return ResolveCall("case_when", {std::move(some), std::move(text)}, span);
}

}  // namespace headrace::sql
