// Plans and expressions as text, for people: what `headrace explain` prints.
#pragma once

#include <arrow/type.h>

#include <string>

#include "sql/expression.h"
#include "sql/plan.h"

namespace headrace::sql {

// Renders an expression as SQL; its columns are those of `input`. Casts that the analyzer put in
// are shown.
std::string ExpressionText(const Expression& expression, const arrow::Schema& input);

// Renders a length of time: "1 hour", "90 seconds".
std::string DurationText(int64_t microseconds);

// Renders the node of a plan in one line, without its inputs: "Filter (mag > 4.5)".
std::string NodeText(const Plan& plan);

// Renders a plan as an indented tree, the output first, a line a node, each ending with a line
// feed.
std::string PlanText(const Plan& plan);

}  // namespace headrace::sql
