// From the syntax tree of one SELECT to its plan.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "sql/analyzer.h"
#include "sql/ast.h"
#include "sql/plan.h"

namespace headrace::sql {

// `nodes` counts what the whole statement has used of kStatementNodesMax.
//
// Errors: user errors, those of all its clauses at once.
Result<PlanPtr> AnalyzeSelect(const ast::Select& select, const Relations& relations,
                              int64_t* nodes);

}  // namespace headrace::sql
