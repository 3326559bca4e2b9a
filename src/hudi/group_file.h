// The one file that a commit writes into a file group: a log file with the changes, the group's
// first base file, or, in a copy-on-write table, its next base file.
#pragma once

#include <arrow/buffer.h>

#include <memory>
#include <optional>
#include <string>

#include "base/status.h"
#include "hudi/commit.h"
#include "hudi/file_group.h"
#include "hudi/group_changes.h"
#include "hudi/table.h"

namespace headrace::hudi {

struct GroupFile {
  GroupChanges changes;
  DataFileName name;
  bool is_new_group = false;
  // Copy-on-write: the group's newest base file, whose rows the new one takes over.
  std::optional<DataFile> previous;
  int64_t first_row = 0;  // number of the file's first row within the commit

  std::string Path() const;  // relative to the table
};

struct EncodedFile {
  std::shared_ptr<arrow::Buffer> bytes;
  WriteStat stat;
};

// Encodes a file of a commit to `table`. Thread-safe.
Result<EncodedFile> EncodeGroupFile(const GroupFile& file, Table& table);

}  // namespace headrace::hudi
