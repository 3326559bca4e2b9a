// Names of data files. A file group has one id; its files are
//
//   base  <file id>_<write token>_<instant>.parquet
//   log   .<file id>_<instant>.log.<version>_<write token>
//
// and with the bucket index the id begins with the bucket's number, eight digits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headrace::hudi {

struct DataFileName {
  std::string file_id;
  std::string instant;      // the commit that wrote it
  std::string write_token;  // "<task>-<stage>-<attempt>": makes names unique
  int32_t log_version = 0;  // log files: 1, 2, ...
  bool is_log = false;

  std::string ToString() const;
};

// Reads the name of a file (without folders); nothing where it is no data file.
std::optional<DataFileName> ParseDataFileName(std::string_view name);

// Makes the id of a new file group: of a bucket, or without one.
std::string MakeFileId(std::optional<int32_t> bucket);

// The bucket of a file id; nothing where it isn't made by a bucket index.
std::optional<int32_t> BucketOfFileId(std::string_view file_id);

}  // namespace headrace::hudi
