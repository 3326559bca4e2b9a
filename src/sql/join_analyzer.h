// The joins of a FROM clause, and WHERE over them.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/status.h"
#include "sql/ast.h"
#include "sql/from_analyzer.h"
#include "sql/plan.h"
#include "sql/scope.h"

namespace headrace::sql {

// Joins to `from` what follows it; `read` analyzes one relation of FROM. `nodes` counts what the
// whole statement has used of kStatementNodesMax.
//
// Errors: user errors, and those of `read`.
Result<FromClause> AnalyzeJoins(FromClause from, const std::vector<ast::Join>& joins,
                                const std::function<Result<FromClause>(const ast::Relation&)>& read,
                                int64_t* nodes);

// Joins on all of `conditions`, which are over the columns of both sides, those of the left one
// first. What speaks of one side whose rows the join may leave out is asked before.
PlanPtr MakeJoin(JoinKind kind, const PlanPtr& left, const PlanPtr& right,
                 const std::vector<ExpressionPtr>& conditions);

// Returns the rows of `plan` for which `predicate` is true. What speaks of one side of a join only
// is asked before the join, what speaks of both sides of an inner join is its condition: so that
// `FROM a, b WHERE a.id = b.id` joins by id.
PlanPtr PushFilter(const ExpressionPtr& predicate, const PlanPtr& plan);

}  // namespace headrace::sql
