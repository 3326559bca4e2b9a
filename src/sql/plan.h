// The logical plan of one SELECT: a tree of nodes over the relations it reads. The analyzer makes
// it, `headrace explain` prints it, the engine builds operators from it.
#pragma once

#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sql/expression.h"
#include "sql/join_kind.h"

namespace headrace::sql {

struct Plan;
using PlanPtr = std::shared_ptr<const Plan>;

// Reads a source or a view by name.
struct Scan {
  std::string relation;
};

struct Filter {
  ExpressionPtr predicate;  // rows for which it is true pass
};

// Computes one output column an expression; column names are those of the plan's schema.
struct Project {
  std::vector<ExpressionPtr> expressions;
};

// An event-time window. A session: rows that follow each other by no more than `size_us`, which it
// ends behind the last one. Otherwise rows with floor((time - start) / slide) in common.
// Epoch-aligned, as in Spark.
struct Window {
  int time_column = 0;  // of the input; type timestamp
  int64_t size_us = 0;
  int64_t slide_us =
      0;  // equal to size: tumbling. Less than size: hopping, a row belongs to size/slide windows
  int64_t start_us = 0;  // offset of the first window from 1970
  bool session = false;
};

// A function of several columns has a struct of them as its argument.
struct AggregateCall {
  std::string function;         // its name in the table of aggregate_functions.cc
  std::optional<int> argument;  // a column of the input; none: count(*)
  bool distinct = false;
  std::shared_ptr<arrow::DataType> type;  // of the result
  std::vector<double> parameters = {};    // literals: the percentages of percentile
};

// Groups by input columns, and by a window where there is one. Its schema: `window` (struct<start,
// end> of timestamps, only with a window), then the keys, then one column an aggregate call.
// Without keys and window there is always one row, also over no input.
struct Aggregate {
  std::optional<Window> window;
  std::vector<int> keys;  // columns of the input
  std::vector<AggregateCall> calls;
};

// Each row once a set: the first columns are keys, null where the set leaves them out; the others
// are as they are. Behind them two BIGINT columns: GroupingId() of the set, and which set it is.
struct GroupingSets {
  std::vector<std::vector<bool>> sets;  // for each set, whether it holds the key
};

// A bit for each key, that of the first the highest: 1 where the set leaves it out.
inline int64_t GroupingId(const std::vector<bool>& set) {
  int64_t id = 0;
  for (const bool held : set) id = id * 2 + (held ? 0 : 1);
  return id;
}

// A row for each element of the last column, an array or a map; the other columns are repeated.
// Behind them stand the position (INT, from 0), where `position` says so, and the element: the key
// and the value of a map, the fields of a struct where `fields` says so.
struct Generate {
  bool position = false;
  bool fields = false;
  bool outer = false;  // a row without elements stays, with nulls
};

struct SortColumn {
  int column = 0;  // of the input
  bool descending = false;
  bool nulls_first = true;
};

// Numbers the rows of each partition in an order. Its schema: the columns of the input, then the
// number, an INT from 1. The engine runs it only under a condition that limits the number.
struct Rank {
  std::string function;        // "row_number", "rank", "dense_rank"
  std::vector<int> partition;  // columns of the input
  std::vector<SortColumn> order;
};

// Rows that are equal in all columns (null equals null) are one.
struct Distinct {};

// UNION ALL of inputs whose columns agree in number and type; names are those of the first.
struct UnionAll {};

// Joins its two inputs. Its schema: the columns of the left input, then those of the right one; of
// a semi or anti join those of the left one only.
struct RelationJoin {
  JoinKind kind = JoinKind::kInner;
  ExpressionPtr condition;  // over the columns of both inputs, left ones first; null: all match
};

// Immutable.
struct Plan {
  std::variant<Scan, Filter, Project, Aggregate, Distinct, UnionAll, Rank, GroupingSets, Generate,
               RelationJoin>
      node;
  std::vector<PlanPtr> inputs;
  std::shared_ptr<arrow::Schema> schema;  // output columns, without system columns
};

// The columns that the condition of a join is over: those of its inputs.
std::shared_ptr<arrow::Schema> JoinInput(const Plan& join);

}  // namespace headrace::sql
