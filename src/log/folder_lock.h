// A FolderLock keeps a folder for one owner, of all processes and within this one, as long as the
// object lives. The system frees it when the process dies, however it dies.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"

namespace headrace::log {

class FolderLock {
 public:
  // Locks the file `folder`/lock, which is created where there is none and stays.
  //
  // Errors: user error that names the folder and the process that holds it, where one does.
  static Result<std::unique_ptr<FolderLock>> Acquire(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
};

}  // namespace headrace::log
