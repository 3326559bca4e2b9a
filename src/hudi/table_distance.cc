#include "hudi/table_distance.h"

#include <algorithm>
#include <string>

namespace headrace::hudi {

TableDistance MeasureDistance(const std::vector<FileSlice>& slices, Table& table,
                              int64_t file_size_bytes) {
  TableDistance distance;
  std::string oldest;  // completion of a commit that no base file holds
  for (const FileSlice& slice : slices) {
    const int64_t base_bytes = slice.base.has_value() ? slice.base->size : 0;
    distance.base_bytes += base_bytes;
    distance.log_bytes += slice.log_bytes();
    distance.log_files_max =
        std::max(distance.log_files_max, static_cast<int64_t>(slice.logs.size()));
    if (slice.base.has_value()) ++distance.base_files;
    if (slice.base.has_value() && base_bytes < file_size_bytes / 2) {
      ++distance.small_files;
      distance.small_bytes += base_bytes;
    }
    if (slice.logs.empty()) continue;
    const auto completion = table.timeline().CompletionTime(slice.logs.front().name.instant);
    if (completion.ok() && completion->has_value() && (oldest.empty() || **completion < oldest))
      oldest = **completion;
  }
  if (!oldest.empty()) {
    const int64_t age_ms =
        MillisBetween(oldest, FormatInstantTime(table.clock().NowMicros(), table.config().is_utc));
    distance.freshness_lag_seconds = std::max<double>(0, static_cast<double>(age_ms) / 1e3);
  }
  return distance;
}

}  // namespace headrace::hudi
