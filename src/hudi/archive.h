// Archiving moves the oldest completed actions out of the active timeline into its history, so that
// opening a table doesn't take longer with every commit. It never goes past a commit that cleaning
// has to keep readable, an action in flight, a savepoint, file groups that are replaced but not yet
// cleaned, or the newest write.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "hudi/clean_plan.h"
#include "hudi/service_budget.h"
#include "hudi/table.h"

namespace headrace::hudi {

struct ArchiveOptions {
  int64_t commits_max = 30;  // archives once there are more active commits than this,
  int64_t commits_min = 20;  // down to these
  Retention retention = {};
  int64_t history_files_max = 10;  // of a level, before they are merged
  ServiceBudget budget = {};
};

struct ArchiveResult {
  int64_t instants = 0;
};

// One thread runs services of a table; commits may go on.
//
// Errors: Cancelled by the budget.
Result<ArchiveResult> Archive(Table& table, ArchiveOptions options = {});

}  // namespace headrace::hudi
