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
#include "sql/join_kind.h"

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

// A key of ORDER BY.
struct SortItem {
  ExpressionPtr expression;
  bool descending = false;
  bool nulls_first = true;
};

// OVER (PARTITION BY ... ORDER BY ...)
struct WindowSpec {
  std::vector<ExpressionPtr> partition_by;
  std::vector<SortItem> order_by;
  Span span;
};

// A function by name; the special forms, such as extract(unit FROM time), look the same.
struct Function {
  Identifier name;
  std::vector<ExpressionPtr> arguments;
  bool distinct = false;
  ExpressionPtr filter = nullptr;                    // FILTER (WHERE ...), or null
  std::shared_ptr<const WindowSpec> over = nullptr;  // or null
  bool ignore_nulls = false;
};

// x -> x + 1, (x, y) -> x + y
struct Lambda {
  std::vector<Identifier> parameters;
  ExpressionPtr body;
};

struct Cast {
  ExpressionPtr operand;
  std::shared_ptr<arrow::DataType> type;
  bool try_cast = false;
};

struct Query;
using QueryPtr = std::shared_ptr<const Query>;

// EXISTS (query), or operand IN (query).
struct Subquery {
  ExpressionPtr operand;  // null: EXISTS
  QueryPtr query;
};

struct Expression {
  std::variant<Literal, Name, Star, Field, Operator, Function, Cast, Lambda, Subquery> node;
  Span span;
  int depth = 1;     // of the tree below, this node included
  int64_t size = 1;  // nodes of the tree below; a shared node counts each time
};

struct SelectItem {
  ExpressionPtr expression;
  std::optional<Identifier> alias;
  std::vector<Identifier> aliases = {};  // of a generator: explode(map) AS (k, v)
};

// What stands in FROM: a source, a view or a common table by its name, or a query in parentheses.
struct Relation {
  Identifier name;           // of a query: empty, its place is the bracket
  QueryPtr query = nullptr;  // or null
  std::optional<Identifier> alias = {};
  std::vector<Identifier> columns = {};  // new names of its columns: t AS u(a, b); or none
};

// LATERAL VIEW [OUTER] generator(...) name AS columns, or what means the same:
// , LATERAL generator(...) AS name(columns)
struct LateralView {
  bool outer = false;
  ExpressionPtr generator;  // a Function
  std::optional<Identifier> name;
  std::vector<Identifier> columns;  // or none: the names that the generator gives
};

// A relation that is joined to what stands before it in FROM. A comma is a cross join.
struct Join {
  JoinKind kind = JoinKind::kInner;
  bool natural = false;  // equal in all columns that both sides have
  Relation right;
  ExpressionPtr on;                // or null
  std::vector<Identifier> using_;  // USING (column, ...)
  Span span;                       // the words before the relation
};

struct Select {
  bool distinct = false;
  std::vector<SelectItem> items;
  Relation from;
  std::vector<Join> joins;                 // one after the other, from the left
  std::vector<LateralView> lateral_views;  // of what is joined
  ExpressionPtr where;                     // or null
  std::vector<ExpressionPtr> group_by;
  bool group_by_all = false;  // GROUP BY ALL: by what holds no aggregate function
  // GROUPING SETS, ROLLUP, CUBE: positions in group_by; none: one set of all.
  std::vector<std::vector<size_t>> grouping_sets;
  ExpressionPtr having;   // or null
  ExpressionPtr qualify;  // or null
  Span span;              // the word SELECT
};

// WITH name [(columns)] AS (query)
struct CommonTable {
  Identifier name;
  std::vector<Identifier> columns;  // or none
  QueryPtr query;
};

// One SELECT, or several under UNION, which associates to the left; with ORDER BY and LIMIT the
// first rows of them.
struct Query {
  std::vector<CommonTable> tables;  // each may read those before it
  struct Branch {
    Select select;
    bool distinct_union = false;  // UNION without ALL, with what stands before
  };
  std::vector<Branch> branches;  // at least one
  std::vector<SortItem> order_by;
  int32_t limit = 0;  // 0: no LIMIT, and no order_by
};

}  // namespace headrace::sql::ast
