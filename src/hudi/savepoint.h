// Savepoints: a commit that is saved keeps the files that make up the table as of it. The cleaner
// leaves them, the archival doesn't go past it, and the table can be restored to it.
#pragma once

#include <set>
#include <string>

#include "base/status.h"
#include "hudi/table.h"

namespace headrace::hudi {

// Saves the completed commit of time `instant_time`.
//
// Errors: a user error where there is no such commit, it is saved already, or what it needs may
// have been cleaned.
Status CreateSavepoint(Table& table, const std::string& instant_time, const std::string& user = "",
                       const std::string& comment = "");

// Errors: a user error where there is none.
Status DeleteSavepoint(Table& table, const std::string& instant_time);

// The paths of the files that savepoints hold, relative to the table.
Result<std::set<std::string>> SavedFiles(const Timeline& timeline);

// The earliest commit that cleaning has kept readable, also the one that is under way; "" where
// nothing was cleaned yet.
Result<std::string> EarliestRetained(const Timeline& timeline);

}  // namespace headrace::hudi
