// Writes the archived part of a timeline (archived_timeline.h). New instants make a file of level
// 0; when a level has many files, they become one of the next level, as in a log-structured merge
// tree.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "storage/storage.h"

namespace headrace::hudi {

// A completed action that leaves the active timeline.
struct ArchiveEntry {
  std::string time;
  std::string completion_time;
  std::string action;    // as the completed file calls it: a compaction is a "commit"
  std::string metadata;  // the bytes of the completed file
  std::string plan;      // of the requested file; "" where it has none
};

// Appends actions, ordered by time, none of which is archived yet. They are archived once the
// function has returned; whoever reads sees all of them or none.
Status AppendToArchive(const std::vector<ArchiveEntry>& entries, storage::Storage& storage);

// Merges the files of every level that has `files_max` of them, and deletes files and manifests
// that are no longer read. To be called after appending.
Status CompactArchive(int64_t files_max, storage::Storage& storage);

}  // namespace headrace::hudi
