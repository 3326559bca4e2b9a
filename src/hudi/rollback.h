// Rolls back commits that their writer left behind: their data files are deleted before their
// instants leave the timeline, for a file whose instant is no longer known would count as archived,
// so as committed. The rollback is an action on the timeline itself, so that it is carried through
// when it is cut off as well.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "hudi/timeline.h"
#include "storage/storage.h"

namespace headrace::hudi {

class Table;

// Rolls back every commit that has not completed, and finishes rollbacks that have not. Only
// the table's one writer may call it: nobody else's commit can be in flight.
Status RollBackDeadCommits(storage::Storage& storage, Timeline& timeline, Clock& clock);

// Rolls back the newest completed commit or table service, and with it what it wrote. Nobody may
// write to the table meanwhile, and writers must open it anew.
//
// Errors: a user error where `instant_time` isn't the newest commit.
Status RollBack(Table& table, const std::string& instant_time);

}  // namespace headrace::hudi
