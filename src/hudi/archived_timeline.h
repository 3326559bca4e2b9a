// The archived part of a timeline: Parquet files in .hoodie/timeline/history, listed by the newest
// manifest. Source: files written by Apache Hudi 1.2.0.
#pragma once

#include <map>
#include <string>

#include "base/status.h"
#include "storage/storage.h"

namespace headrace::hudi {

// Returns the completion time of every archived instant; empty where nothing was archived yet.
Result<std::map<std::string, std::string>> ReadArchivedCompletionTimes(storage::Storage& storage);

}  // namespace headrace::hudi
