// Merging of small files: in a table without a key every commit makes new file groups, and small
// ones are joined to files of about the declared size. It is what Apache Hudi calls clustering: a
// replacecommit that puts new file groups in the place of others. Rows and their meta columns stay
// as they are.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "hudi/service_budget.h"
#include "hudi/table.h"

namespace headrace::hudi {

struct ClusterOptions {
  int64_t file_size_bytes = 128 << 20;  // files of less than half of it are joined up to it
  int64_t files_min = 4;                // of a partition, before they are touched
  int64_t wait_us_max = 30'000'000;     // for commits that began before
  ServiceBudget budget = {};
};

struct ClusterResult {
  std::string instant;  // "" where there was nothing to do
  int64_t files_read = 0;
  int64_t files_written = 0;
  int64_t bytes_written = 0;
};

// Takes back mergings of its own that were cut off, then plans one and carries it out. One thread
// runs services of a table; commits may go on, but none that replaces file groups.
//
// Errors: Cancelled by the budget. A user error for a table with a key, and where an earlier commit
// stays in flight (earlier_commits.h).
Result<ClusterResult> MergeSmallFiles(Table& table, ClusterOptions options = {});

}  // namespace headrace::hudi
