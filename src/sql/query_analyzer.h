// From the syntax tree of a query, WITH and UNION included, to its plan.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "sql/analyzer.h"
#include "sql/ast.h"
#include "sql/plan.h"

namespace headrace::sql {

// What a query may read: sources and views, and the tables that WITH defines around it.
struct QueryContext {
  struct Table {
    std::string name;
    PlanPtr plan;  // one plan for all that read it: the engine computes it once
  };
  const Relations& relations;
  std::vector<Table> tables;  // a later one hides an earlier one of its name
  int64_t* nodes;             // what the whole statement has used of kStatementNodesMax
};

// Errors: user errors, those of all branches of a UNION at once.
Result<PlanPtr> AnalyzeQuery(const ast::Query& query, QueryContext context);

// Returns the plan with its columns named anew; itself where there are no names.
//
// Errors: a user error where there are more or fewer names than columns.
Result<PlanPtr> Renamed(PlanPtr plan, const std::vector<ast::Identifier>& names);

}  // namespace headrace::sql
