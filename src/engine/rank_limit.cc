#include "engine/rank_limit.h"

#include <arrow/scalar.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "sql/structure.h"

namespace headrace::engine {
namespace {

bool IsRank(const sql::Expression& expression, int column) {
  if (const auto* cast = std::get_if<sql::Cast>(&expression.node)) {
    return arrow::is_integer(expression.type->id()) && IsRank(*cast->operand, column);
  }
  const auto* reference = std::get_if<sql::ColumnReference>(&expression.node);
  return reference != nullptr && reference->index == column;
}

std::optional<int64_t> IntegerOf(const sql::Expression& expression) {
  if (const auto* cast = std::get_if<sql::Cast>(&expression.node)) {
    if (!arrow::is_integer(expression.type->id())) return std::nullopt;
    return IntegerOf(*cast->operand);
  }
  const auto* literal = std::get_if<sql::Literal>(&expression.node);
  if (literal == nullptr || !literal->value->is_valid ||
      !arrow::is_integer(literal->value->type->id())) {
    return std::nullopt;
  }
  const auto number = literal->value->CastTo(arrow::int64());
  if (!number.ok()) return std::nullopt;
  return static_cast<const arrow::Int64Scalar&>(**number).value;
}

// The highest number that a condition lets pass; `exact`: it says nothing else.
std::optional<int64_t> LimitOfOne(const sql::Expression& condition, int column, bool* exact) {
  const auto* call = std::get_if<sql::Call>(&condition.node);
  if (call == nullptr || call->arguments.size() != 2) return std::nullopt;
  std::string name = call->name;
  const sql::Expression* rank = call->arguments[0].get();
  const sql::Expression* bound = call->arguments[1].get();
  if (IsRank(*bound, column)) {
    std::swap(rank, bound);
    if (name == ">" || name == ">=") {
      name[0] = '<';
    } else if (name == "<" || name == "<=") {
      name[0] = '>';
    }
  }
  if (!IsRank(*rank, column)) return std::nullopt;
  const auto number = IntegerOf(*bound);
  if (!number.has_value()) return std::nullopt;
  *exact = name != "=" || *number <= 1;
  if (name == "<=" || name == "=") return *number;
  if (name == "<") return *number - 1;
  return std::nullopt;
}

}  // namespace

RankLimit LimitOf(const sql::ExpressionPtr& filter, int column) {
  RankLimit found;
  if (filter == nullptr) return found;
  std::vector<sql::ExpressionPtr> rest;
  for (const sql::ExpressionPtr& one : sql::Conjuncts(filter)) {
    bool exact = false;
    const auto limit = LimitOfOne(*one, column, &exact);
    if (limit.has_value()) found.limit = std::min(*limit, found.limit.value_or(*limit));
    if (!limit.has_value() || !exact) rest.push_back(one);
  }
  found.rest = sql::Conjunction(rest);
  return found;
}

}  // namespace headrace::engine
