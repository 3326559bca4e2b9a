#include "engine/expression_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

namespace headrace::engine {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

}  // namespace

std::string ExpressionText(const sql::Expression& expression, const arrow::Schema& input) {
  return std::visit(
      Overloaded{
          [&](const sql::ColumnReference& column) { return input.field(column.index)->name(); },
          [&](const sql::Literal& literal) {
            return fmt::format("{}:{}", literal.value->ToString(), expression.type->ToString());
          },
          [&](const sql::FieldAccess& access) {
            return ExpressionText(*access.base, input) + "." + access.field;
          },
          [&](const sql::Call& call) {
            std::string text = call.name + "(";
            for (size_t i = 0; i < call.arguments.size(); ++i) {
              if (i > 0) text += ", ";
              text += ExpressionText(*call.arguments[i], input);
            }
            return text + ")";
          },
          [&](const sql::Cast& cast) {
            return fmt::format("{}({} AS {})", cast.try_cast ? "TRY_CAST" : "CAST",
                               ExpressionText(*cast.operand, input), expression.type->ToString());
          },
          [&](const sql::LambdaVariable& variable) { return fmt::format("${}", variable.id); },
          [&](const sql::Lambda& lambda) {
            return fmt::format("\\{} {}", lambda.parameters.size(),
                               ExpressionText(*lambda.body, input));
          }},
      expression.node);
}

bool DependsOnClock(const sql::Expression& expression) {
  return std::visit(
      Overloaded{[](const sql::ColumnReference&) { return false; },
                 [](const sql::Literal&) { return false; },
                 [](const sql::FieldAccess& access) { return DependsOnClock(*access.base); },
                 [](const sql::Call& call) {
                   return call.name == "current_timestamp" || call.name == "current_date" ||
                          call.name == "now" ||
                          std::any_of(call.arguments.begin(), call.arguments.end(),
                                      [](const auto& one) { return DependsOnClock(*one); });
                 },
                 [](const sql::Cast& cast) { return DependsOnClock(*cast.operand); },
                 [](const sql::LambdaVariable&) { return false; },
                 [](const sql::Lambda& lambda) { return DependsOnClock(*lambda.body); }},
      expression.node);
}

sql::ExpressionPtr Substitute(const sql::ExpressionPtr& expression,
                              const std::vector<sql::ExpressionPtr>& outputs) {
  if (const auto* column = std::get_if<sql::ColumnReference>(&expression->node)) {
    return outputs[column->index];
  }
  if (std::holds_alternative<sql::Literal>(expression->node)) return expression;
  auto copy = std::make_shared<sql::Expression>(*expression);
  if (auto* access = std::get_if<sql::FieldAccess>(&copy->node)) {
    access->base = Substitute(access->base, outputs);
  } else if (auto* call = std::get_if<sql::Call>(&copy->node)) {
    for (sql::ExpressionPtr& argument : call->arguments) argument = Substitute(argument, outputs);
  } else if (auto* cast = std::get_if<sql::Cast>(&copy->node)) {
    cast->operand = Substitute(cast->operand, outputs);
  } else if (auto* lambda = std::get_if<sql::Lambda>(&copy->node)) {
    lambda->body = Substitute(lambda->body, outputs);
  }
  return copy;
}

}  // namespace headrace::engine
