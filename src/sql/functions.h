// The functions and operators of SQL: names, signatures, result types. The table itself is in the
// files functions_*.cc, one a kind; what a row means says function_table.h.
#pragma once

#include <arrow/scalar.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/coercion.h"
#include "sql/expression.h"

namespace headrace::sql {

// Returns the call of a function or operator (any case, aliases too) with its arguments coerced to
// what it takes.
//
// Errors: user errors with `span` where no function has that name, or none takes such arguments.
Result<ExpressionPtr> ResolveCall(std::string_view name, std::vector<ExpressionPtr> arguments,
                                  Span span);

// Returns CAST(operand AS target), or TRY_CAST.
//
// Errors: user errors with `span` where ANSI mode knows no such cast.
Result<ExpressionPtr> ResolveCast(ExpressionPtr operand, const TypePtr& target, bool try_cast,
                                  Span span);

ExpressionPtr MakeLiteral(std::shared_ptr<arrow::Scalar> value, Span span);

// The names of all scalar functions, sorted, without operators.
std::vector<std::string> FunctionNames();

}  // namespace headrace::sql
