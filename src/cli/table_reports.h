// What `headrace table` prints of a Hudi table: for people, or with `json` for programs.
#pragma once

#include "base/status.h"
#include "hudi/table.h"

namespace headrace::cli {

// Its configuration, columns, size, last commit and what is pending.
Status ShowTable(hudi::Table& table, bool json);

// A line an action: what it did and how long it took. `all`: also what is archived.
Status ShowHistory(hudi::Table& table, bool all, bool json);

// A line a data file of the newest file slices. `all`: of older and replaced ones, too.
Status ShowFiles(hudi::Table& table, bool all, bool json);

// Everything that is wrong with it; returns whether it is free of errors. For a table that may be
// damaged, so it takes what the table lies in.
Result<bool> ValidateTable(storage::Storage& storage, bool json);

}  // namespace headrace::cli
