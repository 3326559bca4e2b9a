// Parses one SELECT statement of Spark's dialect into its syntax tree.
#pragma once

#include <string_view>

#include "base/status.h"
#include "sql/ast.h"

namespace headrace::sql {

// Errors: one user error, with a span in `statement`: syntax, or valid Spark SQL that isn't
// supported, which it says.
Result<ast::Query> Parse(std::string_view statement);

}  // namespace headrace::sql
