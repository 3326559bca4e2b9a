// How far back a table can be read: cleaning deletes files that only older states need, and
// archiving takes what is known of older commits off the timeline.
#pragma once

#include <string>

#include "base/status.h"
#include "hudi/table.h"

namespace headrace::hudi {

// Checks that the table can be read as of `time`, a completion time.
//
// Errors: a user error where it was cleaned or archived since.
Status CheckHistory(Table& table, const std::string& time);

// Checks that the changes of commits that completed in (from, to] can be told; from "": every row.
//
// Errors: as above; a user error also where the table was restored to an earlier state meanwhile.
Status CheckRange(Table& table, const std::string& from, const std::string& to);

// When the newest commit of data completed, "" before the first.
std::string LastCommit(const Timeline& timeline);

}  // namespace headrace::hudi
