// Where each column comes from.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sql/plan.h"

namespace headrace::sql {

// A column, or a field inside one, of a relation: {"feed", {"properties", "mag"}}. Array and map
// elements stop the path.
struct ColumnPath {
  std::string relation;
  std::vector<std::string> path;
  auto operator<=>(const ColumnPath&) const = default;
};

// Which columns of its relations an output column is computed from, and which only decide whether a
// row is there (predicates, grouping keys, DISTINCT).
struct ColumnLineage {
  std::string column;
  std::set<ColumnPath> direct;
  std::set<ColumnPath> indirect;
};

// One entry an output column of the plan, in order.
std::vector<ColumnLineage> Lineage(const Plan& plan);

// Every column path that the plan reads; a path that is a prefix of another swallows it.
std::set<ColumnPath> ReadColumns(const Plan& plan);

// Returns `schema` reduced to the columns and struct fields that `paths` (of one relation) name, in
// the order of `schema`.
std::shared_ptr<arrow::Schema> Prune(const arrow::Schema& schema,
                                     const std::set<ColumnPath>& paths);

}  // namespace headrace::sql
