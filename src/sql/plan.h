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

// An event-time window: rows with floor((time - start) / slide) in common. Epoch-aligned, as in
// Spark.
struct Window {
  int time_column = 0;  // of the input; type timestamp
  int64_t size_us = 0;
  int64_t slide_us =
      0;  // equal to size: tumbling. Less than size: hopping, a row belongs to size/slide windows
  int64_t start_us = 0;  // offset of the first window from 1970
};

struct AggregateCall {
  std::string function;         // "count", "sum", "avg", "min", "max"
  std::optional<int> argument;  // a column of the input; none: count(*)
  bool distinct = false;
  std::shared_ptr<arrow::DataType> type;  // of the result
};

// Groups by input columns, and by a window where there is one. Its schema: `window` (struct<start,
// end> of timestamps, only with a window), then the keys, then one column an aggregate call.
// Without keys and window there is always one row, also over no input.
struct Aggregate {
  std::optional<Window> window;
  std::vector<int> keys;  // columns of the input
  std::vector<AggregateCall> calls;
};

// Rows that are equal in all columns (null equals null) are one.
struct Distinct {};

// UNION ALL of inputs whose columns agree in number and type; names are those of the first.
struct UnionAll {};

// Immutable.
struct Plan {
  std::variant<Scan, Filter, Project, Aggregate, Distinct, UnionAll> node;
  std::vector<PlanPtr> inputs;
  std::shared_ptr<arrow::Schema> schema;  // output columns, without system columns
};

}  // namespace headrace::sql
