// A FileReader reads the bytes of one file, plain or packed with gzip.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"

namespace headrace::source {

// Not thread-safe.
class FileReader {
 public:
  virtual ~FileReader() = default;

  // Opens the file of that inode; one whose name ends in ".gz" is unpacked, and its offsets count
  // unpacked bytes. Null where by now another file has the name.
  //
  // Errors: transient, where it can't be opened.
  static Result<std::unique_ptr<FileReader>> Open(const std::string& path, uint64_t inode);

  // Reads up to `bytes` from `offset` on; nothing at the end of what there is now.
  //
  // Errors: transient, where the file can't be read or is no gzip.
  virtual Result<std::string> Read(int64_t offset, int64_t bytes) = 0;

  // Whether nothing will follow the end: of a packed file that is whole.
  virtual bool is_final() const = 0;
};

}  // namespace headrace::source
