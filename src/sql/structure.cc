#include "sql/structure.h"

#include <algorithm>
#include <utility>

namespace headrace::sql {
namespace {

struct SameNode {
  bool operator()(const ColumnReference& a, const ColumnReference& b) const {
    return a.index == b.index;
  }
  bool operator()(const Literal& a, const Literal& b) const { return a.value->Equals(*b.value); }
  bool operator()(const FieldAccess& a, const FieldAccess& b) const {
    return a.field == b.field && SameExpression(a.base, b.base);
  }
  bool operator()(const Call& a, const Call& b) const {
    return a.name == b.name && std::equal(a.arguments.begin(), a.arguments.end(),
                                          b.arguments.begin(), b.arguments.end(), SameExpression);
  }
  bool operator()(const Cast& a, const Cast& b) const {
    return a.try_cast == b.try_cast && SameExpression(a.operand, b.operand);
  }
  bool operator()(const LambdaVariable& a, const LambdaVariable& b) const { return a.id == b.id; }
  bool operator()(const Lambda& a, const Lambda& b) const {
    return a.parameters.size() == b.parameters.size() && SameExpression(a.body, b.body);
  }
  template <typename A, typename B>
  bool operator()(const A&, const B&) const {
    return false;
  }
};

struct Children {
  std::vector<ExpressionPtr> operator()(const ColumnReference&) const { return {}; }
  std::vector<ExpressionPtr> operator()(const Literal&) const { return {}; }
  std::vector<ExpressionPtr> operator()(const FieldAccess& access) const { return {access.base}; }
  std::vector<ExpressionPtr> operator()(const Call& call) const { return call.arguments; }
  std::vector<ExpressionPtr> operator()(const Cast& cast) const { return {cast.operand}; }
  std::vector<ExpressionPtr> operator()(const LambdaVariable&) const { return {}; }
  std::vector<ExpressionPtr> operator()(const Lambda& lambda) const { return {lambda.body}; }
};

}  // namespace

bool SameExpression(const ExpressionPtr& a, const ExpressionPtr& b) {
  return a == b || (a->node.index() == b->node.index() && a->type->Equals(*b->type) &&
                    std::visit(SameNode{}, a->node, b->node));
}

std::vector<ExpressionPtr> ChildrenOf(const Expression& expression) {
  return std::visit(Children{}, expression.node);
}

Result<ExpressionPtr> WithChildren(
    const ExpressionPtr& expression,
    const std::function<Result<ExpressionPtr>(const ExpressionPtr&)>& replace) {
  std::vector<ExpressionPtr> children = ChildrenOf(*expression);
  if (children.empty()) return expression;
  for (ExpressionPtr& child : children) {
    ASSIGN_OR_RAISE(child, replace(child));
  }
  auto out = std::make_shared<Expression>(*expression);
  if (auto* access = std::get_if<FieldAccess>(&out->node)) {
    access->base = std::move(children[0]);
  } else if (auto* cast = std::get_if<Cast>(&out->node)) {
    cast->operand = std::move(children[0]);
  } else if (auto* call = std::get_if<Call>(&out->node)) {
    call->arguments = std::move(children);
  } else if (auto* lambda = std::get_if<Lambda>(&out->node)) {
    lambda->body = std::move(children[0]);
  }
  return out;
}

std::set<int> ColumnsOf(const Expression& expression) {
  if (const auto* column = std::get_if<ColumnReference>(&expression.node)) return {column->index};
  std::set<int> columns;
  for (const ExpressionPtr& child : ChildrenOf(expression)) columns.merge(ColumnsOf(*child));
  return columns;
}

ExpressionPtr MapColumns(const ExpressionPtr& expression, const std::function<int(int)>& map) {
  if (const auto* column = std::get_if<ColumnReference>(&expression->node)) {
    auto mapped = std::make_shared<Expression>(*expression);
    mapped->node = ColumnReference{map(column->index)};
    return mapped;
  }
  // The replacement of a child never fails, nor does that of the whole.
  return *WithChildren(expression, [&](const ExpressionPtr& child) -> Result<ExpressionPtr> {
    return MapColumns(child, map);
  });
}

std::vector<ExpressionPtr> Conjuncts(const ExpressionPtr& predicate) {
  std::vector<ExpressionPtr> conjuncts;
  // A chain of AND may be longer than recursion is safe.
  std::vector<ExpressionPtr> rest{predicate};
  while (!rest.empty()) {
    const ExpressionPtr one = std::move(rest.back());
    rest.pop_back();
    const auto* call = std::get_if<Call>(&one->node);
    if (call == nullptr || call->name != "and") {
      conjuncts.push_back(one);
      continue;
    }
    rest.insert(rest.end(), call->arguments.rbegin(), call->arguments.rend());
  }
  return conjuncts;
}

ExpressionPtr Conjunction(const std::vector<ExpressionPtr>& conjuncts) {
  ExpressionPtr all;
  for (const ExpressionPtr& one : conjuncts) {
    if (all == nullptr) {
      all = one;
      continue;
    }
    all = std::make_shared<Expression>(Expression{Call{"and", {all, one}}, arrow::boolean(),
                                                  all->nullable || one->nullable, all->span});
  }
  return all;
}

}  // namespace headrace::sql
