#include "log/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace headrace::log {
namespace {

// Returns the process that wrote itself into the lock file: " (process 17)", or nothing.
std::string Holder(int descriptor) {
  char text[32];
  const ssize_t size = ::pread(descriptor, text, sizeof(text), 0);
  std::string digits;
  for (ssize_t i = 0; i < size && text[i] >= '0' && text[i] <= '9'; ++i) digits += text[i];
  return digits.empty() ? "" : " (process " + digits + ")";
}

}  // namespace

Result<std::unique_ptr<FolderLock>> FolderLock::Acquire(const std::string& folder) {
  const std::string path = folder + "/lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return Status::IOError("cannot open ", path, ": ", std::strerror(errno));
  std::unique_ptr<FolderLock> lock(new FolderLock(descriptor));
  // flock and not fcntl: it belongs to this descriptor, so it excludes a second owner in the same
  // process too, and closing another descriptor of the file does not free it.
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return Status::IOError("cannot lock ", path, ": ", std::strerror(errno));
    }
    return UserError(
        "the folder " + folder + " is in use by a running headrace" + Holder(descriptor),
        "stop that one first, or give this one a folder of its own (`state:` in the "
        "pipeline file)");
  }
  const std::string process = std::to_string(::getpid()) + "\n";
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, process.data(), process.size(), 0) < 0) {
    // Only the text of another's error message suffers; the disk may be full, and reading a log
    // must still be possible then.
  }
  return lock;
}

FolderLock::~FolderLock() { ::close(descriptor_); }

}  // namespace headrace::log
