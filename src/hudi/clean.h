// Cleaning deletes the files that no reader needs any more: file slices older than what is retained
// reads, file groups that were replaced, and what actions left behind that never completed. What a
// savepoint holds stays. It is planned, then carried out; one that was cut off is carried on.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "hudi/clean_plan.h"
#include "hudi/service_budget.h"
#include "hudi/table.h"

namespace headrace::hudi {

struct CleanOptions {
  Retention retention = {};
  ServiceBudget budget = {};
};

struct CleanResult {
  std::string instant;  // "" where there was nothing to delete
  int64_t files = 0;
};

// Finishes cleanings that were planned before, then plans one and carries it out. One thread runs
// services of a table; commits may go on.
//
// Errors: Cancelled by the budget.
Result<CleanResult> Clean(Table& table, CleanOptions options = {});

}  // namespace headrace::hudi
