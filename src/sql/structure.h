// The shape of typed expressions: equality, and rebuilding with other parts.
#pragma once

#include <functional>
#include <vector>

#include "base/status.h"
#include "sql/expression.h"

namespace headrace::sql {

// Whether both compute the same: equal in all but their places.
bool SameExpression(const ExpressionPtr& a, const ExpressionPtr& b);

// Returns the expressions one level below.
std::vector<ExpressionPtr> ChildrenOf(const Expression& expression);

// Returns the expression with each child replaced by what `replace` returns for it; itself where it
// has no children.
Result<ExpressionPtr> WithChildren(
    const ExpressionPtr& expression,
    const std::function<Result<ExpressionPtr>(const ExpressionPtr&)>& replace);

}  // namespace headrace::sql
