// A table service that makes data files completes only behind the commits that were requested
// before it: Spark refuses to roll back a dead commit while a later action has completed, and then
// refuses every write.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "hudi/instant.h"
#include "hudi/table.h"

namespace headrace::hudi {

// Waits until every commit with a time before that of `service` has completed or was rolled back.
// Commits that begin meanwhile have later times.
//
// Errors: a user error where that takes longer than `wait_us_max`.
Status AwaitEarlierCommits(Table& table, const Instant& service, int64_t wait_us_max);

}  // namespace headrace::hudi
