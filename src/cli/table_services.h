// `headrace table compact|clean|rollback|restore`: work on a table by hand. A pipeline may write
// the table meanwhile only where its services aren't disturbed; what is in flight is left alone
// unless `stopped` says that no pipeline is running.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "hudi/service_budget.h"
#include "hudi/table.h"

namespace headrace::cli {

struct ServiceArguments {
  int64_t log_files_min = 1;                         // compact: file slices with so many log files
  int64_t memory_bytes = hudi::kServiceMemoryBytes;  // compact
  int64_t commits_retained = 10;                     // clean: what the newest commits read stays
  int64_t keep_for_us = 0;                           // and what commits of so long ago read
  std::string instant;                               // rollback and restore: a commit
  bool stopped = false;
};

Status CompactTable(hudi::Table& table, const ServiceArguments& arguments, bool json);
Status CleanTable(hudi::Table& table, const ServiceArguments& arguments, bool json);
Status RollBackTable(hudi::Table& table, const ServiceArguments& arguments, bool json);
Status RestoreTable(hudi::Table& table, const ServiceArguments& arguments, bool json);

}  // namespace headrace::cli
