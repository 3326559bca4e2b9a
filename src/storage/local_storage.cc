#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "base/fault.h"
#include "storage/file_descriptor.h"
#include "storage/storage.h"

namespace headrace::storage {
namespace {

constexpr std::string_view kTemporaryPrefix = ".tmp-";
constexpr time_t kTemporaryAgeMaxSeconds = 3600;
constexpr int kOpenTriesMax = 1000;

Status DiskError(std::string_view action, const std::string& path, int error) {
  if (error == ENOENT) return Status::KeyError("there is no file ", path);
  return Status::IOError("cannot ", action, " ", path, ": ", std::strerror(error));
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status SyncFolder(const std::string& path) {
  FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return DiskError("open folder", path, errno);
  if (::fsync(folder.number()) != 0) return DiskError("sync folder", path, errno);
  return Status::OK();
}

// Makes a folder and those above it, durably. A KeyError: another removed one of them meanwhile.
Status MakeFolder(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) == 0) {
    if (S_ISDIR(info.st_mode)) return Status::OK();
    return DiskError("make folder", path, ENOTDIR);
  }
  const std::string parent = ParentOf(path);
  if (parent != path) RETURN_NOT_OK(MakeFolder(parent));
  if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST)
    return DiskError("make folder", path, errno);
  return SyncFolder(parent);
}

Status WriteAll(int file, std::string_view data, const std::string& path) {
  while (!data.empty()) {
    const ssize_t written = ::write(file, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return DiskError("write", path, errno);
    data.remove_prefix(written);
  }
  return Status::OK();
}

int64_t NextNumber() {
  static std::atomic<int64_t> number{0};
  return ++number;
}

// A temporary file, which gets its name in one atomic step.
class LocalWriter : public ObjectWriter {
 public:
  explicit LocalWriter(std::string path)
      : path_(std::move(path)),
        folder_(ParentOf(path_)),
        temporary_(folder_ + "/" + std::string(kTemporaryPrefix) + std::to_string(::getpid()) +
                   "-" + std::to_string(NextNumber())) {}

  ~LocalWriter() override {
    if (is_there_) ::unlink(temporary_.c_str());
  }

  // A Delete beside this may remove a folder that is empty between its making and the file's.
  Status Open() {
    Status opened = OpenTemporary();
    for (int tries = 1; opened.IsKeyError() && tries < kOpenTriesMax; ++tries)
      opened = OpenTemporary();
    return opened;
  }

  Status Append(std::string_view data) override {
    return WriteAll(file_.number(), data, temporary_);
  }

  Status Finish() override { return Publish(/*replaces=*/false); }

  Status Publish(bool replaces) {
    if (::fsync(file_.number()) != 0) return DiskError("sync", temporary_, errno);
    if (file_.Close() != 0) return DiskError("close", temporary_, errno);
    FaultPoint("storage.before_rename");
    const int result = replaces ? ::rename(temporary_.c_str(), path_.c_str())
                                : ::link(temporary_.c_str(), path_.c_str());
    if (result != 0)
      return errno == EEXIST ? Status::AlreadyExists(path_, " is there already")
                             : DiskError("create", path_, errno);
    if (!replaces) ::unlink(temporary_.c_str());
    is_there_ = false;
    return SyncFolder(folder_);
  }

 private:
  Status OpenTemporary() {
    RETURN_NOT_OK(MakeFolder(folder_));
    file_ =
        FileDescriptor(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    is_there_ = file_.valid();
    return is_there_ ? Status::OK() : DiskError("create", temporary_, errno);
  }

  const std::string path_;
  const std::string folder_;
  const std::string temporary_;
  FileDescriptor file_;
  bool is_there_ = false;
};

class LocalStorage : public Storage {
 public:
  explicit LocalStorage(std::string folder) : root_(std::move(folder)) {
    while (root_.size() > 1 && root_.back() == '/') root_.pop_back();
  }

  Status Put(const std::string& name, std::string_view data) override {
    return Write(name, data, /*replaces=*/true);
  }

  Status PutIfAbsent(const std::string& name, std::string_view data) override {
    return Write(name, data, /*replaces=*/false);
  }

  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& name) override {
    RETURN_NOT_OK(CheckName(name));
    auto writer = std::make_unique<LocalWriter>(PathOf(name));
    RETURN_NOT_OK(writer->Open());
    return writer;
  }

  Result<std::string> Get(const std::string& name) override {
    ASSIGN_OR_RAISE(FileDescriptor file, Open(name));
    struct stat info;
    if (::fstat(file.number(), &info) != 0) return DiskError("read", PathOf(name), errno);
    return Read(file, name, 0, info.st_size);
  }

  Result<std::string> GetRange(const std::string& name, int64_t offset, int64_t length) override {
    if (offset < 0 || length < 0) return Status::Invalid("negative range of ", name);
    ASSIGN_OR_RAISE(FileDescriptor file, Open(name));
    struct stat info;
    if (::fstat(file.number(), &info) != 0) return DiskError("read", PathOf(name), errno);
    const int64_t available = std::max<int64_t>(0, info.st_size - offset);
    return Read(file, name, offset, std::min(length, available));
  }

  Result<std::vector<ObjectInfo>> List(const std::string& prefix) override;

  Status Delete(const std::string& name) override {
    RETURN_NOT_OK(CheckName(name));
    std::string path = PathOf(name);
    if (::unlink(path.c_str()) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) return Status::OK();
      return DiskError("delete", path, errno);
    }
    path = ParentOf(path);
    Status synced = SyncFolder(path);
    // Another Delete may have removed the folder since, which is as durable as what is above it.
    for (; synced.IsKeyError() && path.size() > root_.size(); synced = SyncFolder(path))
      path = ParentOf(path);
    RETURN_NOT_OK(synced);
    // A folder without objects isn't there, as in an object store.
    for (; path.size() > root_.size(); path = ParentOf(path)) {
      if (::rmdir(path.c_str()) != 0) break;
    }
    return Status::OK();
  }

  const std::string& root() const override { return root_; }

 private:
  std::string PathOf(const std::string& name) const { return root_ + "/" + name; }

  Result<FileDescriptor> Open(const std::string& name) const {
    RETURN_NOT_OK(CheckName(name));
    const std::string path = PathOf(name);
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) return DiskError("open", path, errno);
    return file;
  }

  Result<std::string> Read(const FileDescriptor& file, const std::string& name, int64_t offset,
                           int64_t length) const {
    std::string data(length, '\0');
    int64_t done = 0;
    while (done < length) {
      const ssize_t count =
          ::pread(file.number(), data.data() + done, length - done, offset + done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return DiskError("read", PathOf(name), errno);
      if (count == 0) break;
      done += count;
    }
    data.resize(done);
    return data;
  }

  Status Write(const std::string& name, std::string_view data, bool replaces) {
    RETURN_NOT_OK(CheckName(name));
    LocalWriter writer(PathOf(name));
    RETURN_NOT_OK(writer.Open());
    RETURN_NOT_OK(writer.Append(data));
    return writer.Publish(replaces);
  }

  std::string root_;
};

// Others put and delete meanwhile: a folder may be gone by the time that it is opened or read.
Result<std::vector<ObjectInfo>> LocalStorage::List(const std::string& prefix) {
  if (!prefix.empty()) RETURN_NOT_OK(CheckName(prefix));
  const time_t now = ::time(nullptr);
  std::vector<ObjectInfo> objects;
  std::vector<std::string> folders = {prefix.empty() ? root_ : PathOf(prefix)};
  while (!folders.empty()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    std::error_code error;
    std::filesystem::directory_iterator entry(folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
      const std::string& path = entry->path().native();
      struct stat info;
      if (::stat(path.c_str(), &info) != 0) {
        if (errno == ENOENT) continue;  // deleted since
        return DiskError("list", path, errno);
      }
      std::error_code gone;
      if (S_ISDIR(info.st_mode) && !entry->is_symlink(gone)) folders.push_back(path);
      if (!S_ISREG(info.st_mode)) continue;
      const std::string_view file_name = std::string_view(path).substr(path.rfind('/') + 1);
      if (file_name.starts_with(kTemporaryPrefix)) {
        if (now - info.st_mtime > kTemporaryAgeMaxSeconds) ::unlink(path.c_str());
        continue;
      }
      objects.push_back({path.substr(root_.size() + 1), info.st_size});
    }
    if (error && error != std::errc::no_such_file_or_directory &&
        error != std::errc::not_a_directory)
      return Status::IOError("cannot list ", folder, ": ", error.message());
  }
  std::sort(objects.begin(), objects.end(),
            [](const ObjectInfo& a, const ObjectInfo& b) { return a.name < b.name; });
  return objects;
}

}  // namespace

std::shared_ptr<Storage> OpenLocalStorage(const std::string& folder) {
  return std::make_shared<LocalStorage>(folder);
}

}  // namespace headrace::storage
