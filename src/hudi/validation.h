// Checks a whole table against what docs/HUDI_FORMAT.md says that readers rely on: its properties,
// its timeline, every file and every record in it. Nothing is changed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "storage/storage.h"

namespace headrace::hudi {

struct Finding {
  bool is_error = true;  // a warning is what no reader stumbles over
  std::string file;      // relative to the table
  std::string what;
  std::string hint;  // what to do
};

struct Validation {
  std::vector<Finding> findings;
  int64_t instants = 0;
  int64_t files = 0;  // data files of completed commits, all of which were read
  int64_t rows = 0;   // in them, of every version of every record
  int64_t bytes = 0;

  int64_t errors() const;
};

// Reads the table file by file, with one of them in memory. A pipeline may write it meanwhile: the
// files of a commit in flight are left alone.
//
// Errors: a user error where there is no Hudi table or one of a kind that headrace doesn't read;
// what the storage says where it cannot be read. What is wrong in the table is a finding.
Result<Validation> Validate(storage::Storage& storage);

}  // namespace headrace::hudi
