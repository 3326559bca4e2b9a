// The aggregate functions: names, and the types of their results.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "sql/coercion.h"

namespace headrace::sql {

// Returns the function's own name where `function` (any case) is an aggregate function: "avg" for
// MEAN; empty where it is none.
std::string AggregateFunction(std::string_view function);

// Whether the result over no values is null: not so of counts and of lists.
bool AggregateCanBeNull(std::string_view function);

// Whether it takes two values: a struct of them is its argument in the plan.
bool IsOfPairs(std::string_view function);

// Whether a group keeps all different values of the argument, also where rows only appear.
bool KeepsValues(std::string_view function);

// Returns the type of an aggregate (its own name) over values of type `argument`; null for
// count(*).
//
// Errors: a user error with `span` where it doesn't take such values.
Result<TypePtr> AggregateType(std::string_view function, const TypePtr& argument, Span span);

}  // namespace headrace::sql
