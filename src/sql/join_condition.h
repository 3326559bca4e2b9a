// The condition of a join, taken apart into what an operator can look up by.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sql/expression.h"

namespace headrace::sql {

struct JoinCondition {
  // Equal values; each expression is over the columns of its own side, both are of one type.
  struct Key {
    ExpressionPtr left;
    ExpressionPtr right;
    bool null_safe = false;  // <=>: null equals null
  };
  // How far two timestamps may be apart: right - left is in [lower_us, upper_us].
  struct Bound {
    ExpressionPtr left;  // a column, or a field in one
    ExpressionPtr right;
    std::optional<int64_t> lower_us;
    std::optional<int64_t> upper_us;
    std::vector<ExpressionPtr> conditions;  // the same as written, over the columns of both sides
  };

  std::vector<Key> keys;
  std::vector<Bound> bounds;        // one for each pair of timestamps
  std::vector<ExpressionPtr> rest;  // over the columns of both sides
};

// `condition` (may be null) is over the columns of both sides, the first `left_columns` of them are
// the left ones. All parts together say what it says.
JoinCondition SplitCondition(const ExpressionPtr& condition, int left_columns);

}  // namespace headrace::sql
