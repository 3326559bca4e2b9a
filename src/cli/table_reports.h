// What `headrace table` prints of a Hudi table: for people, or with `json` for programs.
#pragma once

#include <cstdint>
#include <optional>

#include "base/status.h"
#include "hudi/table.h"

namespace headrace::cli {

// What a pipeline declares of a table.
struct TableTargets {
  int64_t freshness_us = 0;     // 0: no target
  int64_t file_size_bytes = 0;  // 0: no target
  int64_t compact_after = 0;    // log files of a file slice
};

// Its configuration, columns, size, last commit, what is pending, and how far it is from its
// targets, where they are known.
Status ShowTable(hudi::Table& table, const std::optional<TableTargets>& targets, bool json);

// A line an action: what it did and how long it took. `all`: also what is archived.
Status ShowHistory(hudi::Table& table, bool all, bool json);

// A line a data file of the newest file slices. `all`: of older and replaced ones, too.
Status ShowFiles(hudi::Table& table, bool all, bool json);

// Everything that is wrong with it; returns whether it is free of errors. For a table that may be
// damaged, so it takes what the table lies in.
Result<bool> ValidateTable(storage::Storage& storage, bool json);

}  // namespace headrace::cli
