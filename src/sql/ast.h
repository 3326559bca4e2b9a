// The syntax tree of a SELECT: what was written, with the place of every node, before names and
// types are known. Immutable after parsing; nodes may be shared.
#pragma once

#include <arrow/scalar.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/diagnostic.h"

namespace headrace::sql::ast {

struct Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;

struct Identifier {
  std::string name;
  Span span;
};

// `text` is how Spark names a column that is this literal.
struct Literal {
  std::shared_ptr<arrow::Scalar> value;
  std::string text;
};

// a, a.b, a.b.c: which part is a relation, a column or a field, the analyzer finds out.
struct Name {
  std::vector<Identifier> parts;
};

// * or relation.*; also count(*)'s argument.
struct Star {
  std::vector<Identifier> qualifier;
};

// (base).field where base is not a name.
struct Field {
  ExpressionPtr base;
  Identifier field;
};

// An operator; `name` is its key in the function table, such as "+", "and", "is_null", "case_when".
struct Operator {
  std::string name;
  std::vector<ExpressionPtr> operands;
};

// A function by name; the special forms, such as extract(unit FROM time), look the same.
struct Function {
  Identifier name;
  std::vector<ExpressionPtr> arguments;
  bool distinct = false;
  ExpressionPtr filter = nullptr;  // FILTER (WHERE ...), or null
};

struct Cast {
  ExpressionPtr operand;
  std::shared_ptr<arrow::DataType> type;
  bool try_cast = false;
};

struct Expression {
  std::variant<Literal, Name, Star, Field, Operator, Function, Cast> node;
  Span span;
  int depth = 1;     // of the tree below, this node included
  int64_t size = 1;  // nodes of the tree below; a shared node counts each time
};

struct SelectItem {
  ExpressionPtr expression;
  std::optional<Identifier> alias;
};

// A source or a view in FROM.
struct Relation {
  Identifier name;
  std::optional<Identifier> alias;
};

struct Select {
  bool distinct = false;
  std::vector<SelectItem> items;
  Relation from;
  ExpressionPtr where;  // or null
  std::vector<ExpressionPtr> group_by;
  ExpressionPtr having;  // or null
  Span span;             // the word SELECT
};

// One SELECT, or several under UNION, which associates to the left.
struct Query {
  struct Branch {
    Select select;
    bool distinct_union = false;  // UNION without ALL, with what stands before
  };
  std::vector<Branch> branches;  // at least one
};

}  // namespace headrace::sql::ast
