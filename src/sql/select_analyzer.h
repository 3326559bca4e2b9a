// From the syntax tree of one SELECT to its plan.
#pragma once

#include "base/status.h"
#include "sql/ast.h"
#include "sql/from_analyzer.h"
#include "sql/plan.h"
#include "sql/query_analyzer.h"

namespace headrace::sql {

// Errors: user errors, those of all its clauses at once.
Result<PlanPtr> AnalyzeSelect(const ast::Select& select, const QueryContext& context);

// The same, where AnalyzeFrom() has made `from` of it.
Result<PlanPtr> AnalyzeSelect(const ast::Select& select, FromClause from,
                              const QueryContext& context);

}  // namespace headrace::sql
