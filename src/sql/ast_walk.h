// Ways through a syntax tree.
#pragma once

#include <vector>

#include "sql/ast.h"

namespace headrace::sql {

// Returns the expressions one level below; those of a subquery not.
std::vector<ast::ExpressionPtr> ChildrenOf(const ast::Expression& expression);

// Returns the parts of a chain of AND; none where `condition` is null.
std::vector<ast::ExpressionPtr> ConjunctsOf(const ast::ExpressionPtr& condition);

// Whether a tree holds an aggregate function of its SELECT.
bool HoldsAggregate(const ast::Expression& expression);

// [NOT] EXISTS (query), operand [NOT] IN (query)
struct SubqueryTest {
  const ast::Subquery* subquery = nullptr;  // null: it is none
  bool negated = false;
};
SubqueryTest SubqueryTestOf(const ast::Expression& expression);

}  // namespace headrace::sql
