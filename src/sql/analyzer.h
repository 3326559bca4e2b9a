// From SQL text to a checked logical plan. This, the types, the evaluator and the
// lineage are all that other modules use of `sql`.
#pragma once

#include <arrow/type.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "sql/plan.h"
#include "sql/type.h"

namespace headrace::sql {

// The relations that a statement may read, by name.
using Relations = std::map<std::string, std::shared_ptr<arrow::Schema>>;

// Parses and checks one SELECT of Spark's dialect (ANSI mode, session time zone UTC).
//
// Errors: user errors, several at once where that makes sense, with spans in `statement`; what is
// valid Spark SQL but isn't supported says so.
Result<PlanPtr> Analyze(std::string_view statement, const Relations& relations);

// Parses the statement only and returns the relations its FROM clauses name, in order of first use,
// so that views can be sorted before they are analyzed. Spans of the names come with them.
struct RelationName {
  std::string name;
  Span span;
};
Result<std::vector<RelationName>> ReferencedRelations(std::string_view statement);

}  // namespace headrace::sql
