#include "sql/ast_walk.h"

#include <algorithm>

#include "sql/aggregate_functions.h"

namespace headrace::sql {
namespace {

struct Children {
  std::vector<ast::ExpressionPtr> operator()(const ast::Literal&) const { return {}; }
  std::vector<ast::ExpressionPtr> operator()(const ast::Name&) const { return {}; }
  std::vector<ast::ExpressionPtr> operator()(const ast::Star&) const { return {}; }
  std::vector<ast::ExpressionPtr> operator()(const ast::Field& field) const { return {field.base}; }
  std::vector<ast::ExpressionPtr> operator()(const ast::Operator& call) const {
    return call.operands;
  }
  std::vector<ast::ExpressionPtr> operator()(const ast::Cast& cast) const { return {cast.operand}; }
  std::vector<ast::ExpressionPtr> operator()(const ast::Lambda& lambda) const {
    return {lambda.body};
  }
  std::vector<ast::ExpressionPtr> operator()(const ast::Subquery& subquery) const {
    return subquery.operand == nullptr ? std::vector<ast::ExpressionPtr>{}
                                       : std::vector<ast::ExpressionPtr>{subquery.operand};
  }
  std::vector<ast::ExpressionPtr> operator()(const ast::Function& call) const {
    std::vector<ast::ExpressionPtr> children = call.arguments;
    if (call.filter != nullptr) children.push_back(call.filter);
    if (call.over == nullptr) return children;
    std::ranges::copy(call.over->partition_by, std::back_inserter(children));
    for (const ast::SortItem& item : call.over->order_by) children.push_back(item.expression);
    return children;
  }
};

void AddConjuncts(const ast::ExpressionPtr& condition, std::vector<ast::ExpressionPtr>* out) {
  const auto* call = std::get_if<ast::Operator>(&condition->node);
  if (call == nullptr || call->name != "and") return out->push_back(condition);
  for (const ast::ExpressionPtr& operand : call->operands) AddConjuncts(operand, out);
}

}  // namespace

std::vector<ast::ExpressionPtr> ChildrenOf(const ast::Expression& expression) {
  return std::visit(Children{}, expression.node);
}

std::vector<ast::ExpressionPtr> ConjunctsOf(const ast::ExpressionPtr& condition) {
  std::vector<ast::ExpressionPtr> conjuncts;
  if (condition != nullptr) AddConjuncts(condition, &conjuncts);
  return conjuncts;
}

bool HoldsAggregate(const ast::Expression& expression) {
  const auto holds = [](const ast::ExpressionPtr& child) { return HoldsAggregate(*child); };
  const auto* call = std::get_if<ast::Function>(&expression.node);
  if (call == nullptr) return std::ranges::any_of(ChildrenOf(expression), holds);
  if (call->over == nullptr)
    return !AggregateFunction(call->name.name).empty() ||
           std::ranges::any_of(call->arguments, holds);
  return std::ranges::any_of(call->over->partition_by, holds) ||
         std::ranges::any_of(call->over->order_by,
                             [&](const ast::SortItem& item) { return holds(item.expression); });
}

SubqueryTest SubqueryTestOf(const ast::Expression& expression) {
  if (const auto* subquery = std::get_if<ast::Subquery>(&expression.node)) return {subquery, false};
  const auto* call = std::get_if<ast::Operator>(&expression.node);
  if (call == nullptr || call->name != "not") return {};
  SubqueryTest test = SubqueryTestOf(*call->operands[0]);
  test.negated = !test.negated;
  return test;
}

}  // namespace headrace::sql
