// Renders expressions as text: for descriptions of operators, which are also their fingerprints.
#pragma once

#include <arrow/type.h>

#include <functional>
#include <string>

#include "sql/expression.h"

namespace headrace::engine {

// "+(mag, CAST(1 AS double))": one text an expression; columns by the names in `input`.
std::string ExpressionText(const sql::Expression& expression, const arrow::Schema& input);

// Returns whether the expression's value depends on when it is computed.
bool DependsOnClock(const sql::Expression& expression);

// Returns `expression`, which is over the columns `outputs` compute, over the columns they are
// computed from.
sql::ExpressionPtr Substitute(const sql::ExpressionPtr& expression,
                              const std::vector<sql::ExpressionPtr>& outputs);

}  // namespace headrace::engine
