// What the file of a completed action says that it did: which files a commit wrote and with how
// many rows, which ones a clean or a rollback deleted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace headrace::hudi {

// A data file that a commit wrote.
struct WrittenFile {
  std::string partition;
  std::string file_id;
  std::string name;     // without folders
  int64_t rows = 0;     // upserts of a log file, all rows of a base file
  int64_t deletes = 0;  // rows that aren't there any more
  int64_t size = 0;     // bytes; 0 where the commit doesn't say
};

struct ActionReport {
  std::string operation;  // of a commit: "UPSERT", "COMPACT", ...
  std::vector<WrittenFile> written;
  std::vector<std::string> deleted;                          // names of data files, without folders
  std::map<std::string, std::vector<std::string>> replaced;  // file groups by partition
  std::map<std::string, std::string> extra;                  // of a commit

  int64_t rows_written() const;
  int64_t rows_deleted() const;
  int64_t bytes_written() const;
};

// Reads the file that completed a commit, clean, rollback or restore, or the plan of one: then
// `deleted` is what is to be.
//
// Errors: Invalid where the bytes are no such file.
Result<ActionReport> ReadActionReport(std::string_view file);

}  // namespace headrace::hudi
