#include "source/file_catalog.h"

#include <fmt/format.h>
#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/logging.h"
#include "source/file_reader.h"

namespace headrace::source {
namespace {

constexpr size_t kFilesMax = 10'000;

int64_t Micros(const timespec& time) {
  return static_cast<int64_t>(time.tv_sec) * 1'000'000 + time.tv_nsec / 1'000;
}

std::optional<PresentFile> Stat(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return PresentFile{.path = path,
                     .device = status.st_dev,
                     .inode = status.st_ino,
                     .bytes = status.st_size,
                     .modified_us = Micros(status.st_mtim),
                     .changed_us = Micros(status.st_ctim)};
}

std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    paths.push_back(entry->path().string());
  return paths;
}

std::vector<std::string> Expand(const std::string& pattern) {
  std::error_code error;
  if (std::filesystem::is_directory(pattern, error)) {
    std::vector<std::string> paths = FilesIn(pattern);
    std::erase_if(paths, [](const std::string& path) {
      const std::string name = std::filesystem::path(path).filename();
      return name.starts_with('.') || name.starts_with('_');
    });
    return paths;
  }
  if (std::filesystem::exists(pattern, error)) return {pattern};
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0)
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return paths;
}

bool IsPacked(const std::string& path) { return path.ends_with(".gz"); }

}  // namespace

Result<std::vector<PresentFile>> FileCatalog::Look() {
  std::vector<PresentFile> files;
  std::set<std::pair<uint64_t, uint64_t>> seen;  // one file may have several names
  for (const std::string& path : Expand(pattern_)) {
    const auto file = Stat(path);
    if (file && seen.emplace(file->device, file->inode).second) files.push_back(*file);
  }
  const auto written = [](const PresentFile& file) {
    return std::tuple(file.modified_us, std::string_view(file.path));
  };
  std::ranges::sort(files, {}, written);
  std::multimap<uint64_t, size_t> by_inode;
  for (size_t i = 0; i < known_.size(); ++i) by_inode.emplace(known_[i].inode, i);
  std::vector<bool> claimed(known_.size());
  for (PresentFile& file : files) Identify(&file, by_inode, &claimed);
  FindRenamed(&files, &claimed);
  RETURN_NOT_OK(ForgetGone(&files, claimed));
  std::ranges::sort(files, {}, written);
  last_.clear();
  for (const PresentFile& file : files) last_[{file.device, file.inode}] = file;
  return files;
}

void FileCatalog::Identify(PresentFile* file, const std::multimap<uint64_t, size_t>& by_inode,
                           std::vector<bool>* claimed) {
  std::optional<size_t> same, replaced;
  const auto [first, end] = by_inode.equal_range(file->inode);
  for (auto entry = first; entry != end; ++entry) {
    const size_t i = entry->second;
    if ((*claimed)[i]) continue;
    if (IsSame(i, *file)) {
      if (!same || known_[i].path == file->path) same = i;
    } else if (known_[i].path == file->path) {
      replaced = i;
    }
  }
  if (!same && replaced) {
    LogInfo("source", "{} was truncated or written anew; it is read from its beginning",
            file->path);
    known_[*replaced] = {.path = file->path, .inode = file->inode};
    same = replaced;
  }
  if (!same) {
    same = known_.size();
    known_.push_back({.path = file->path, .inode = file->inode});
    claimed->push_back(false);
  }
  known_[*same].path = file->path;
  (*claimed)[*same] = true;
  file->known = *same;
}

bool FileCatalog::IsSame(size_t index, const PresentFile& file) {
  const auto last = last_.find({file.device, file.inode});
  if (last != last_.end() && last->second.bytes == file.bytes &&
      last->second.changed_us == file.changed_us)
    return last->second.known == index;
  const KnownFile& known = known_[index];
  if (known.offset == 0) return true;
  if (IsPacked(known.path) != IsPacked(file.path)) return false;
  if (!IsPacked(file.path) && file.bytes < known.offset) return false;
  const auto reader = FileReader::Open(file.path, file.inode);
  if (!reader.ok() || *reader == nullptr) return true;  // what is unreadable now stays known
  const auto head = (*reader)->Read(0, known.head_bytes);
  if (!head.ok()) return true;
  return std::ssize(*head) == known.head_bytes && HashHead(*head) == known.head_hash;
}

void FileCatalog::FindRenamed(std::vector<PresentFile>* files, std::vector<bool>* claimed) {
  std::map<std::string, std::vector<PresentFile>> folders;
  for (size_t i = 0; i < known_.size(); ++i) {
    if ((*claimed)[i]) continue;
    std::string folder = std::filesystem::path(known_[i].path).parent_path();
    if (folder.empty()) folder = ".";
    const auto [listed, is_new] = folders.try_emplace(folder);
    if (is_new) {
      for (const std::string& path : FilesIn(folder))
        if (const auto file = Stat(path)) listed->second.push_back(*file);
    }
    for (PresentFile& file : listed->second) {
      const bool is_taken = std::ranges::any_of(*files, [&](const PresentFile& other) {
        return other.device == file.device && other.inode == file.inode;
      });
      if (file.inode != known_[i].inode || is_taken || !IsSame(i, file)) continue;
      known_[i].path = file.path;
      (*claimed)[i] = true;
      file.known = i;
      files->push_back(file);
      break;
    }
  }
}

// A file that is gone stays known for a while: its folder may only be away.
Status FileCatalog::ForgetGone(std::vector<PresentFile>* files, const std::vector<bool>& claimed) {
  if (known_.size() <= kFilesMax) return Status::OK();
  if (files->size() > kFilesMax)
    return UserError(
        fmt::format("{} files fit '{}'", files->size(), pattern_),
        fmt::format("at most {} can be followed; move away those that were read", kFilesMax));
  size_t surplus = known_.size() - kFilesMax;
  std::vector<KnownFile> kept;
  std::vector<size_t> places(known_.size());
  for (size_t i = 0; i < known_.size(); ++i) {
    if (!claimed[i] && surplus > 0) {
      --surplus;
      continue;
    }
    places[i] = kept.size();
    kept.push_back(std::move(known_[i]));
  }
  known_ = std::move(kept);
  for (PresentFile& file : *files) file.known = places[file.known];
  return Status::OK();
}

}  // namespace headrace::source
