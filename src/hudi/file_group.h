// The files of a table, as readers see them. A file group holds the records of one bucket of one
// partition, or, without a bucket index, some records of one partition. Each of its slices is a
// base file and the log files of commits that completed after that base file's instant; the first
// slice may have log files only. A replacecommit takes whole groups out of the table.
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
  std::string instant;  // of the base file; without one, of the first log file
  std::optional<DataFile> base;
  std::vector<DataFile> logs;  // in the order in which their records count: by completion

  int64_t log_bytes() const;
};

struct FileGroup {
  std::string partition;
  std::string file_id;
  std::vector<FileSlice> slices;           // the newest first; at least one
  std::optional<std::string> replaced_at;  // when the replacecommit completed that took it out
};

// The path of a file in a partition's folder, relative to the table.
std::string PathIn(const std::string& partition, const std::string& file_name);

// The same as other engines name it, whose working folder is another.
std::string AbsolutePath(const std::string& path, const storage::Storage& storage);

// Returns every data file of the table, or of one of its partitions ("" has none below it), of
// completed and of other commits.
Result<std::vector<DataFile>> ListDataFiles(storage::Storage& storage);
Result<std::vector<DataFile>> ListDataFiles(storage::Storage& storage,
                                            const std::string& partition);

// Returns the data files among a table's objects.
std::vector<DataFile> DataFilesAmong(const std::vector<storage::ObjectInfo>& objects);

// Returns every file group, ordered by partition and file id, of the commits that had completed at
// `as_of` (a completion time, inclusive; "": now). Files of other commits are left out.
Result<std::vector<FileGroup>> FileGroups(const std::vector<DataFile>& files, Timeline& timeline,
                                          const std::string& as_of = "");

// Returns the newest slice of every file group that had not been replaced at `as_of`.
Result<std::vector<FileSlice>> LatestFileSlices(const std::vector<DataFile>& files,
                                                Timeline& timeline, const std::string& as_of = "");

}  // namespace headrace::hudi
