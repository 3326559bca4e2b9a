// Restoring takes a table back to what it was at a commit: every later one is undone, the newest
// first, and leaves the timeline together with its files. It is planned, then carried out; one that
// was cut off is carried on when the table is next opened for writing.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "hudi/table.h"

namespace headrace::hudi {

struct RestoreResult {
  std::string instant;  // of the restore itself
  int64_t commits = 0;  // undone
  int64_t files = 0;    // deleted
};

// Restores the table to the completed commit of time `instant_time`. Nobody may write to the table
// meanwhile, and writers must open it anew.
//
// Errors: a user error where there is no such commit, or it is not saved and what it reads may have
// been cleaned.
Result<RestoreResult> Restore(Table& table, const std::string& instant_time);

// Carries on restores that were cut off.
Status FinishRestores(Table& table);

}  // namespace headrace::hudi
