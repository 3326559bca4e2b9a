// Typed scalar expressions: what the analyzer makes of the syntax tree, and what the evaluator
// runs.
//
// The type system is Arrow's; each type stands for the Spark SQL type of that meaning (sql/type.h).
#pragma once

#include <arrow/scalar.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/diagnostic.h"

namespace headrace::sql {

struct Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;

// A column of the input, by index.
struct ColumnReference {
  int index = 0;
};

// A literal; a null scalar of a type is the typed NULL.
struct Literal {
  std::shared_ptr<arrow::Scalar> value;
};

// A field of a struct.
struct FieldAccess {
  ExpressionPtr base;
  std::string field;
};

// A call of a function or an operator: `name` is its key in the function table (sql/functions.h),
// such as "upper",
// "+", "case_when", "in". The arguments have been coerced to the types the function takes.
struct Call {
  std::string name;
  std::vector<ExpressionPtr> arguments;
};

// A change of type. `try_cast` yields null where the value doesn't fit, otherwise that is an error
// of the record (ANSI). Implicit casts that the analyzer put in look the same.
struct Cast {
  ExpressionPtr operand;
  bool try_cast = false;
};

// A parameter of a Lambda around it. `id` counts the parameters of the lambdas around that one
// first, so that equal functions are equal.
struct LambdaVariable {
  int id = 0;
  std::string name;  // as written
};

// A function that is an argument of a Call: transform(array, x -> x + 1). Its type is that of the
// body.
struct Lambda {
  std::vector<LambdaVariable> parameters;
  ExpressionPtr body;
};

// Immutable.
struct Expression {
  std::variant<ColumnReference, Literal, FieldAccess, Call, Cast, LambdaVariable, Lambda> node;
  std::shared_ptr<arrow::DataType> type;
  bool nullable = true;
  Span span;  // in the SQL text
};

}  // namespace headrace::sql
