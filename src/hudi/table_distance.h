// How far a table is from what its services aim at.
#pragma once

#include <cstdint>
#include <vector>

#include "hudi/file_group.h"
#include "hudi/table.h"

namespace headrace::hudi {

struct TableDistance {
  // How old the read-optimized view is: the age of the oldest commit that no base file holds.
  double freshness_lag_seconds = 0;
  int64_t log_files_max = 0;  // of a slice
  int64_t log_bytes = 0;
  int64_t base_files = 0;
  int64_t base_bytes = 0;
  int64_t small_files = 0;  // base files of less than half the size that is aimed at
  int64_t small_bytes = 0;  // in them
};

// `slices` are the newest of `table`.
TableDistance MeasureDistance(const std::vector<FileSlice>& slices, Table& table,
                              int64_t file_size_bytes);

}  // namespace headrace::hudi
