#include "sink/series_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/fault.h"

namespace headrace::sink {
namespace {

constexpr std::string_view kMark = "# headrace pipeline=";

struct EpochMark {
  std::string pipeline;
  int64_t epoch = 0;
};

// Parses a line without its line break.
std::optional<EpochMark> ParseMark(std::string_view line) {
  if (!line.starts_with(kMark)) return std::nullopt;
  line.remove_prefix(kMark.size());
  const size_t split = line.rfind(" epoch=");
  if (split == std::string_view::npos) return std::nullopt;
  EpochMark mark{std::string(line.substr(0, split)), 0};
  const std::string_view number = line.substr(split + 7);
  const char* end = number.data() + number.size();
  const auto [stopped, error] = std::from_chars(number.data(), end, mark.epoch);
  if (error != std::errc() || stopped != end || mark.epoch < 0) return std::nullopt;
  return mark;
}

struct Found {
  EpochMark mark;
  int64_t end = 0;  // of its line
};

// Finds the last complete epoch line of a file, reading it backwards.
Result<std::optional<Found>> FindLastMark(int descriptor, int64_t size) {
  constexpr int64_t kPiece = 1 << 20;
  std::string tail;  // the bytes from `begin` on that may hold the line
  for (int64_t begin = size; begin > 0;) {
    const int64_t length = std::min(kPiece, begin);
    begin -= length;
    std::string piece(length, '\0');
    if (::pread(descriptor, piece.data(), piece.size(), begin) != length)
      return Status::IOError("cannot read: ", std::strerror(errno));
    tail.insert(0, piece);
    // Lines from the last to the first; the first may go on before `begin`.
    for (size_t end = tail.rfind('\n'); end != std::string::npos && end > 0;) {
      const size_t previous = tail.rfind('\n', end - 1);
      if (previous == std::string::npos && begin > 0) break;
      const size_t start = previous == std::string::npos ? 0 : previous + 1;
      const auto mark = ParseMark(std::string_view(tail).substr(start, end - start));
      if (mark.has_value()) return Found{*mark, begin + static_cast<int64_t>(end) + 1};
      end = previous;
    }
    // Only the beginning, up to the first line break, can be part of a line not looked at.
    tail.resize(std::min(tail.size(),
                         tail.find('\n') == std::string::npos ? tail.size() : tail.find('\n') + 1));
  }
  return std::nullopt;
}

Status SyncFolder(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return Status::IOError(folder, ": ", std::strerror(errno));
  const int result = ::fsync(descriptor);
  ::close(descriptor);
  return result == 0 ? Status::OK() : Status::IOError(folder, ": ", std::strerror(errno));
}

}  // namespace

Status SeriesFile::ErrorOf(const char* what) const {
  return Status::IOError(path_, ": cannot ", what, ": ", std::strerror(errno));
}

std::string SeriesFile::EpochLine(int64_t epoch) const {
  return std::string(kMark) + pipeline_ + " epoch=" + std::to_string(epoch) + "\n";
}

Result<std::unique_ptr<SeriesFile>> SeriesFile::Open(const std::string& path,
                                                     const std::string& pipeline,
                                                     const LineWriter& writer) {
  std::error_code error;
  const auto folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) return UserError(folder.string() + ": cannot create the folder: " + error.message());
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return UserError(path + ": cannot open the series: " + std::strerror(errno));
  auto file = std::unique_ptr<SeriesFile>(new SeriesFile(path, pipeline, writer, descriptor));
  RETURN_NOT_OK(file->Recover());
  return file;
}

SeriesFile::~SeriesFile() { ::close(descriptor_); }

Status SeriesFile::Recover() {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) return ErrorOf("read");
  ASSIGN_OR_RAISE(const auto found, FindLastMark(descriptor_, status.st_size));
  if (found.has_value()) {
    if (found->mark.pipeline != pipeline_) {
      return UserError(path_ + " holds the series of the pipeline '" + found->mark.pipeline + "'",
                       "give this sink another path, or remove the file");
    }
    size_ = found->end;
    last_epoch_ = found->mark.epoch;
    return size_ < status.st_size ? Truncate(size_) : Status::OK();
  }
  // A new file, or one whose first line a crash has cut off; never somebody else's.
  const std::string first = EpochLine(0);
  std::string head(static_cast<size_t>(std::min<int64_t>(status.st_size, 4096)), '\0');
  if (::pread(descriptor_, head.data(), head.size(), 0) != static_cast<ssize_t>(head.size()))
    return ErrorOf("read");
  if (!first.starts_with(head)) {
    return UserError(path_ + " is not a series that headrace wrote",
                     "give this sink another path, or remove the file");
  }
  RETURN_NOT_OK(Truncate(0));
  RETURN_NOT_OK(Append(first));
  return SyncFolder(path_);
}

Status SeriesFile::Truncate(int64_t size) {
  if (::ftruncate(descriptor_, size) != 0 || ::fdatasync(descriptor_) != 0)
    return ErrorOf("truncate");
  return Status::OK();
}

Status SeriesFile::Append(const std::string& bytes) {
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done,
                                   size_ + static_cast<int64_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const Status error = ErrorOf("write");
      // What is there of the epoch would be truncated at the next start anyhow.
      static_cast<void>(Truncate(size_).ok());
      return error;
    }
    done += static_cast<size_t>(count);
  }
  if (::fdatasync(descriptor_) != 0) return ErrorOf("sync");
  size_ += static_cast<int64_t>(bytes.size());
  return Status::OK();
}

Result<SeriesResult> SeriesFile::Commit(const SeriesChanges& changes, const Epoch& epoch,
                                        std::stop_token) {
  SeriesResult result;
  if (changes.deletes.empty() && changes.lines.empty()) return result;
  std::string bytes;
  for (const PointKey& key : changes.deletes) {
    bytes += "# delete ";
    writer_.WriteSeries(key, &bytes);
    bytes += ' ' + std::to_string(key.time_ns) + '\n';
  }
  for (const std::string& line : changes.lines) {
    bytes += line;
    bytes += '\n';
  }
  bytes += EpochLine(epoch.number);
  FaultPoint("series.before_write");
  RETURN_NOT_OK(Append(bytes));
  FaultPoint("series.after_write");
  last_epoch_ = epoch.number;
  result.bytes = static_cast<int64_t>(bytes.size());
  return result;
}

}  // namespace headrace::sink
