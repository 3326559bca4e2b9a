// The archived part of a timeline: Parquet files in .hoodie/timeline/history, listed by the newest
// manifest. Source: files written by Apache Hudi 1.2.0.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "hudi/instant.h"
#include "storage/storage.h"

namespace headrace::hudi {

struct ArchivedInstant {
  Instant instant;   // completed
  std::string file;  // the content of its completed file
};

// Returns the names (with folders) of the Parquet files that hold the archived timeline.
Result<std::vector<std::string>> ListArchiveFiles(storage::Storage& storage);

// Returns every archived instant, by time.
Result<std::vector<ArchivedInstant>> ReadArchivedInstants(storage::Storage& storage);

// Returns the completion time of every archived instant; empty where nothing was archived yet.
Result<std::map<std::string, std::string>> ReadArchivedCompletionTimes(storage::Storage& storage);

}  // namespace headrace::hudi
