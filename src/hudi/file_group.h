// The files of a table, as readers see them. A file group holds the records of one bucket of one
// partition; its newest slice is its newest base file, if any, and the log files of commits that
// completed after that base file's instant.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "hudi/file_name.h"
#include "hudi/timeline.h"
#include "storage/storage.h"

namespace headrace::hudi {

struct DataFile {
  DataFileName name;
  std::string path;       // relative to the table
  std::string partition;  // the folder; "" where the table has no partitions
  int64_t size = 0;       // bytes
};

struct FileSlice {
  std::string partition;
  std::string file_id;
  std::optional<DataFile> base;
  std::vector<DataFile> logs;  // in the order in which their records count: by completion
};

// Returns every data file below the table's folder, of completed and of other commits.
Result<std::vector<DataFile>> ListDataFiles(storage::Storage& storage);

// Returns the newest slice of every file group, ordered by partition and file id. Files of commits
// that have not completed are left out.
Result<std::vector<FileSlice>> LatestFileSlices(const std::vector<DataFile>& files,
                                                Timeline& timeline);

}  // namespace headrace::hudi
