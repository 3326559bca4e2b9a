// Functions that take functions: transform(array, x -> x + 1).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sql/coercion.h"
#include "sql/error.h"
#include "sql/expression_analyzer.h"
#include "sql/functions.h"
#include "sql/names.h"
#include "sql/translate.h"
#include "sql/type.h"

namespace headrace::sql {
namespace {

using arrow::Type;
using Types = std::vector<TypePtr>;

bool IsLambda(const ast::ExpressionPtr& argument) {
  return std::holds_alternative<ast::Lambda>(argument->node);
}

Status WrongArgument(const std::string& name, const ExpressionPtr& argument,
                     std::string_view takes) {
  return ErrorAt(argument->span, fmt::format("[DATATYPE_MISMATCH] {} takes {} here, this is {}",
                                             name, takes, TypeName(*argument->type)));
}

Result<TypePtr> ElementOf(const std::string& name, const ExpressionPtr& argument) {
  if (argument->type->id() != Type::LIST) return WrongArgument(name, argument, "an array");
  return argument->type->field(0)->type();
}

Result<Types> EntryOf(const std::string& name, const ExpressionPtr& argument) {
  if (argument->type->id() != Type::MAP) return WrongArgument(name, argument, "a map");
  const auto& map = static_cast<const arrow::MapType&>(*argument->type);
  return Types{map.key_type(), map.item_type()};
}

}  // namespace

bool TakesFunction(std::string_view name) {
  static constexpr std::array<std::string_view, 11> kNames = {
      "aggregate", "array_sort", "exists",         "filter",           "forall",  "map_filter",
      "reduce",    "transform",  "transform_keys", "transform_values", "zip_with"};
  return std::ranges::find(kNames, Lower(name)) != kNames.end();
}

Result<ExpressionPtr> ExpressionAnalyzer::LambdaOver(const ast::ExpressionPtr& written,
                                                     const Types& types) {
  const auto* lambda = std::get_if<ast::Lambda>(&written->node);
  if (lambda == nullptr)
    return ErrorAt(written->span, "a function is expected here, such as x -> x + 1");
  if (lambda->parameters.size() != types.size())
    return ErrorAt(written->span, fmt::format("this function has {} parameters, {} are given to it",
                                              lambda->parameters.size(), types.size()));
  RETURN_NOT_OK(Count(1, 1, written->span));
  const size_t outer = variables_.size();
  Lambda made;
  for (size_t i = 0; i < types.size(); ++i) {
    const LambdaVariable variable{static_cast<int>(outer + i), lambda->parameters[i].name};
    made.parameters.push_back(variable);
    variables_.push_back(std::make_shared<Expression>(
        Expression{variable, types[i], true, lambda->parameters[i].span}));
  }
  auto body = Analyze(*lambda->body);
  variables_.resize(outer);
  if (!body.ok()) return body.status();
  TypePtr type = (*body)->type;
  const bool nullable = (*body)->nullable;
  made.body = *std::move(body);
  return std::make_shared<Expression>(
      Expression{std::move(made), std::move(type), nullable, written->span});
}

// Returns the variable that the name begins with, or null: the innermost of its name.
Result<ExpressionPtr> ExpressionAnalyzer::FindVariable(const ast::Name& name, Span span) {
  for (size_t i = variables_.size(); i-- > 0;) {
    const auto& variable = std::get<LambdaVariable>(variables_[i]->node);
    if (!SameName(variable.name, name.parts.front().name)) continue;
    auto copy = std::make_shared<Expression>(*variables_[i]);
    copy->span = name.parts.size() == 1 ? span : name.parts.front().span;
    ExpressionPtr expression = std::move(copy);
    for (auto field = name.parts.begin() + 1; field != name.parts.end(); ++field) {
      ASSIGN_OR_RAISE(expression, AccessField(std::move(expression), *field));
    }
    return expression;
  }
  return ExpressionPtr();
}

Result<ExpressionPtr> ExpressionAnalyzer::HigherOrder(const ast::Function& call, Span span) {
  const std::string written = Lower(call.name.name);
  const std::string name = written == "reduce" ? "aggregate" : written;
  const auto& arguments = call.arguments;
  const size_t values = name == "zip_with" || name == "aggregate" ? 2 : 1;
  const size_t most = name == "aggregate" ? 4 : values + 1;
  if (arguments.size() < values + 1 || arguments.size() > most)
    return ErrorAt(span, fmt::format("[WRONG_NUM_ARGS] {} takes {} arguments, here are {}", written,
                                     values + 1, arguments.size()));
  std::vector<ExpressionPtr> out;
  for (size_t i = 0; i < values; ++i) {
    if (IsLambda(arguments[i]))
      return ErrorAt(arguments[i]->span, "a value is expected here, not a function");
    ASSIGN_OR_RAISE(ExpressionPtr value, Analyze(*arguments[i]));
    out.push_back(std::move(value));
  }
  Types types;
  if (name.starts_with("map_") || name.starts_with("transform_")) {
    ASSIGN_OR_RAISE(types, EntryOf(written, out[0]));
  } else if (name == "zip_with") {
    for (const ExpressionPtr& value : out) {
      ASSIGN_OR_RAISE(TypePtr element, ElementOf(written, value));
      types.push_back(std::move(element));
    }
  } else {
    ASSIGN_OR_RAISE(const TypePtr element, ElementOf(written, out[0]));
    types = {element};
    if (name == "array_sort") types = {element, element};
    if (name == "aggregate") types = {out[1]->type, element};
    const auto* lambda = std::get_if<ast::Lambda>(&arguments[values]->node);
    const bool position = name == "transform" || name == "filter";
    if (position && lambda != nullptr && lambda->parameters.size() == 2)
      types.push_back(arrow::int32());
  }
  ASSIGN_OR_RAISE(ExpressionPtr function, LambdaOver(arguments[values], types));
  ASSIGN_OR_RAISE(const TypePtr type, HigherOrderType(written, out, function));
  out.push_back(std::move(function));
  TypePtr result = type;
  if (arguments.size() == 4) {
    ASSIGN_OR_RAISE(ExpressionPtr finish, LambdaOver(arguments[3], {type}));
    result = finish->type;
    out.push_back(std::move(finish));
  }
  const bool nullable = name == "exists" || name == "forall" || name == "aggregate" ||
                        std::any_of(out.begin(), out.begin() + static_cast<int>(values),
                                    [](const ExpressionPtr& value) { return value->nullable; });
  return std::make_shared<Expression>(
      Expression{Call{name, std::move(out)}, std::move(result), nullable, span});
}

// The type of the call; of aggregate before it is finished.
Result<TypePtr> ExpressionAnalyzer::HigherOrderType(const std::string& name,
                                                    const std::vector<ExpressionPtr>& values,
                                                    const ExpressionPtr& function) {
  const TypePtr& body = function->type;
  if (name == "filter" || name == "exists" || name == "forall" || name == "map_filter") {
    if (body->id() != Type::BOOL) return WrongArgument(name, function, "a function to BOOLEAN");
    return name == "exists" || name == "forall" ? arrow::boolean() : values[0]->type;
  }
  if (name == "array_sort") {
    if (body->id() != Type::INT32) return WrongArgument(name, function, "a function to INT");
    return values[0]->type;
  }
  if (name == "aggregate" || name == "reduce") {
    // Whether a field can be null doesn't matter.
    if (SimpleTypeName(*body) != SimpleTypeName(*values[1]->type))
      return ErrorAt(function->span,
                     fmt::format("[DATATYPE_MISMATCH] {} begins with {}, and the function makes {} "
                                 "of it",
                                 name, TypeName(*values[1]->type), TypeName(*body)),
                     "cast the start value to the type of the function");
    return body;
  }
  if (body->id() == Type::NA)
    return WrongArgument(name, function, "a function whose value has a type");
  if (name == "transform" || name == "zip_with") return arrow::list(body);
  const auto& map = static_cast<const arrow::MapType&>(*values[0]->type);
  return name == "transform_keys" ? arrow::map(body, map.item_type())
                                  : arrow::map(map.key_type(), body);
}

}  // namespace headrace::sql
