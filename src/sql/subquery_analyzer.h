// EXISTS and IN with a query, in WHERE: joins that keep the rows which have a match, or which have
// none.
#pragma once

#include "base/status.h"
#include "sql/ast.h"
#include "sql/from_analyzer.h"
#include "sql/query_analyzer.h"

namespace headrace::sql {

// Joins to `from` the queries that stand in the WHERE of `select`, by themselves or joined to the
// rest by AND. A query may name columns of `from` in its own WHERE (the nearest of a name is
// meant).
//
// Errors: user errors, also those of the queries.
Result<FromClause> JoinSubqueries(FromClause from, const ast::Select& select,
                                  const QueryContext& context);

}  // namespace headrace::sql
