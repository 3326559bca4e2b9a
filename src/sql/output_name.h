// The names of output columns that have no alias, as Spark derives them: "count(1)", "(a + b)".
// Source: toPrettySQL and ResolveAliases of Spark 4.
#pragma once

#include <string>

#include "sql/ast.h"
#include "sql/scope.h"

namespace headrace::sql {

std::string OutputName(const ast::Expression& expression, const Scope& scope);

}  // namespace headrace::sql
