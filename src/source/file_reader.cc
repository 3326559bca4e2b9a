#include "source/file_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace headrace::source {
namespace {

Status Unreadable(const std::string& path, const std::string& why) {
  return TransientError("cannot read " + path + ": " + why);
}

class PlainReader : public FileReader {
 public:
  PlainReader(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  ~PlainReader() override { ::close(descriptor_); }

  Result<std::string> Read(int64_t offset, int64_t bytes) override {
    std::string out(static_cast<size_t>(bytes), '\0');
    ssize_t size = 0;
    do {
      size = ::pread(descriptor_, out.data(), out.size(), offset);
    } while (size < 0 && errno == EINTR);
    if (size < 0) return Unreadable(path_, std::strerror(errno));
    out.resize(static_cast<size_t>(size));
    return out;
  }

  bool is_final() const override { return false; }

 private:
  const std::string path_;
  const int descriptor_;
};

// Packed bytes can only be read from the first on: going back begins anew.
class GzipReader : public FileReader {
 public:
  GzipReader(std::string path, gzFile file) : path_(std::move(path)), file_(file) {
    ::gzbuffer(file_, 256 << 10);
  }
  ~GzipReader() override { ::gzclose(file_); }

  Result<std::string> Read(int64_t offset, int64_t bytes) override {
    if (::gzseek(file_, offset, SEEK_SET) < 0) return Fail();
    std::string out(static_cast<size_t>(bytes), '\0');
    const int size = ::gzread(file_, out.data(), static_cast<unsigned>(out.size()));
    int code = Z_OK;
    ::gzerror(file_, &code);
    // Z_BUF_ERROR: the file ends in the midst; more of it may be written yet.
    if (size < 0 && code != Z_BUF_ERROR) return Fail();
    final_ = ::gzeof(file_) != 0 && code == Z_OK;
    if (code == Z_BUF_ERROR) ::gzclearerr(file_);
    out.resize(static_cast<size_t>(std::max(size, 0)));
    return out;
  }

  bool is_final() const override { return final_; }

 private:
  Status Fail() const {
    int code = Z_OK;
    const char* message = ::gzerror(file_, &code);
    return Unreadable(path_, code == Z_ERRNO ? std::strerror(errno) : message);
  }

  const std::string path_;
  const gzFile file_;
  bool final_ = false;
};

}  // namespace

Result<std::unique_ptr<FileReader>> FileReader::Open(const std::string& path, uint64_t inode) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) return nullptr;
  if (descriptor < 0) return Unreadable(path, std::strerror(errno));
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || status.st_ino != inode) {
    ::close(descriptor);
    return nullptr;
  }
  if (!path.ends_with(".gz")) return std::make_unique<PlainReader>(path, descriptor);
  gzFile file = ::gzdopen(descriptor, "rb");
  if (file == nullptr) {
    ::close(descriptor);
    return Unreadable(path, "out of memory");
  }
  return std::make_unique<GzipReader>(path, file);
}

}  // namespace headrace::source
