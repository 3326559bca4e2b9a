// Generators: functions that make several rows of one: explode, posexplode, inline, stack and
// json_tuple. All become one array or map whose elements are the rows.
#pragma once

#include <arrow/type.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/ast.h"
#include "sql/plan.h"
#include "sql/scope.h"

namespace headrace::sql {

struct Generator {
  ExpressionPtr elements;
  Generate node;
  arrow::FieldVector columns;  // of the rows it makes
};

// Whether `name` (any case) is a generator.
bool IsGenerator(std::string_view name);

// Analyzes a call of a generator over the columns of `scope`; its columns are called as `names` say
// where there are some.
//
// Errors: user errors: its arguments are wrong, or there are more or fewer names than columns.
Result<Generator> AnalyzeGenerator(const Scope& scope, const ast::Expression& call, bool outer,
                                   const std::vector<ast::Identifier>& names, int64_t* nodes);

// Returns the plan whose columns are those of `input` and behind them those of the generator.
PlanPtr OverGenerator(PlanPtr input, Generator generator);

}  // namespace headrace::sql
