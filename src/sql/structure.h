// The shape of typed expressions: equality, and rebuilding with other parts.
#pragma once

#include <functional>
#include <set>
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

// Returns the columns that the expression reads.
std::set<int> ColumnsOf(const Expression& expression);

// Returns the expression with each column `c` replaced by the column `map(c)`.
ExpressionPtr MapColumns(const ExpressionPtr& expression, const std::function<int(int)>& map);

// Returns the parts of a chain of AND, and the chain of such parts: null where there are none.
std::vector<ExpressionPtr> Conjuncts(const ExpressionPtr& predicate);
ExpressionPtr Conjunction(const std::vector<ExpressionPtr>& conjuncts);

}  // namespace headrace::sql
