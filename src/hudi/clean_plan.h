// What the cleaner deletes: HoodieCleanerPlan.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "hudi/table.h"

namespace headrace::hudi {

// What is kept beside the newest slice of every file group: the slices that the newest commits, or
// those of the last hours, read; with both, what either reads.
struct Retention {
  int64_t commits = 10;
  int64_t age_us = 0;  // 0: by number only
};

struct CleanPlan {
  std::string earliest_to_retain;  // the time of a commit; "" where nothing is too old
  std::string last_completed;      // the newest commit
  std::string policy;              // as Hudi calls it
  std::vector<std::pair<std::string, std::string>> files;  // partition, file name
};

// Finds file slices that nothing to be retained reads, groups that were replaced before, and files
// of actions that are neither complete nor in flight.
Result<CleanPlan> MakeCleanPlan(Table& table, const Retention& retention);

Result<std::string> EncodeCleanPlan(const CleanPlan& plan, Table& table);
Result<CleanPlan> DecodeCleanPlan(std::string_view file);

// The earliest commit that has to stay; nothing where there is none.
std::optional<Instant> EarliestToRetain(const std::vector<Instant>& instants,
                                        const Retention& retention,
                                        const std::string& now_less_age);

}  // namespace headrace::hudi
