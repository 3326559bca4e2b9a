// How many rows a condition on a rank leaves: `rn <= 10`, `rn = 1`, `rn BETWEEN 2 AND 5`.
#pragma once

#include <cstdint>
#include <optional>

#include "sql/expression.h"

namespace headrace::engine {

struct RankLimit {
  std::optional<int64_t> limit;  // no row with a higher number passes; none: any number may
  sql::ExpressionPtr rest;       // what the limit alone doesn't say; null: nothing
};

// `filter` (may be null) is over columns of which `column` is a rank, counted from 1.
RankLimit LimitOf(const sql::ExpressionPtr& filter, int column);

}  // namespace headrace::engine
