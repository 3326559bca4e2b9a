// The clause FROM: what it reads, and the names that the rest of its SELECT sees.
#pragma once

#include "base/status.h"
#include "sql/ast.h"
#include "sql/plan.h"
#include "sql/query_analyzer.h"
#include "sql/scope.h"

namespace headrace::sql {

struct FromClause {
  PlanPtr plan;
  Scope scope;  // its columns are those of the plan
};

// With its joins and LATERAL VIEWs, and the subqueries of WHERE joined to them.
//
// Errors: user errors, also those of a subquery.
Result<FromClause> AnalyzeFrom(const ast::Select& select, const QueryContext& context);

}  // namespace headrace::sql
