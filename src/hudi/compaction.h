// Compaction: the base file and log files of a file slice are merged into a new base file, so that
// readers have less to merge and the read-optimized view catches up. It is planned, then executed;
// commits go on meanwhile: what completes after the compaction's instant belongs to the new slice.
// Deletes are gone afterwards, with their ordering values: as in Apache Hudi 1.2.0, an older
// version of a deleted record that comes later than its compaction is a new record.
//
// It holds the records of a slice's log files, of as many keys at once as its budget of memory
// allows: where the logs hold more, the slice is read several times, each time for some of its
// keys.
//
// One thread runs services of a table. A compaction that was cut off is carried on by the next.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "hudi/service_budget.h"
#include "hudi/table.h"

namespace headrace::hudi {

// A file slice is due where one of these says so.
struct CompactionOptions {
  int64_t log_files_min = 1;         // it has so many log files
  double log_bytes_ratio = 0;        // they have so many times the bytes of its base file; 0: never
  int64_t log_age_us = 0;            // the oldest of them completed so long ago; 0: never
  int64_t wait_us_max = 30'000'000;  // for commits that began before the compaction
  ServiceBudget budget = {};
};

struct CompactionResult {
  std::string instant;  // "" where nothing was due
  int64_t slices = 0;
  int64_t rows = 0;
  int64_t bytes_read = 0;
  int64_t bytes_written = 0;
};

// Finishes compactions that were planned before, whoever planned them; without such plans and
// carries out a new one.
//
// Errors: Cancelled by the budget, a user error where an earlier commit stays in flight
// (earlier_commits.h), CapacityError where few records alone take more memory than the budget has;
// the compaction is then carried on by the next call.
Result<CompactionResult> Compact(Table& table, CompactionOptions options = {});

}  // namespace headrace::hudi
