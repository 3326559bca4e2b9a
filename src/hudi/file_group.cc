#include "hudi/file_group.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace headrace::hudi {
namespace {

struct CompletedFile {
  DataFile file;
  std::string completion_time;
};

struct FileGroup {
  std::vector<CompletedFile> bases, logs;
};

FileSlice LatestSlice(FileGroup group) {
  FileSlice slice;
  const auto newest = std::max_element(group.bases.begin(), group.bases.end(),
                                       [](const CompletedFile& a, const CompletedFile& b) {
                                         return a.file.name.instant < b.file.name.instant;
                                       });
  if (newest != group.bases.end()) slice.base = newest->file;
  std::sort(group.logs.begin(), group.logs.end(),
            [](const CompletedFile& a, const CompletedFile& b) {
              return std::tie(a.completion_time, a.file.name.log_version, a.file.name.write_token) <
                     std::tie(b.completion_time, b.file.name.log_version, b.file.name.write_token);
            });
  for (CompletedFile& log : group.logs) {
    // A base file made by compaction holds what had completed when the compaction was requested.
    if (slice.base.has_value() && log.completion_time <= slice.base->name.instant) continue;
    slice.logs.push_back(std::move(log.file));
  }
  return slice;
}

}  // namespace

Result<std::vector<DataFile>> ListDataFiles(storage::Storage& storage) {
  ASSIGN_OR_RAISE(const auto objects, storage.List(""));
  std::vector<DataFile> files;
  for (const storage::ObjectInfo& object : objects) {
    if (object.name.starts_with(".hoodie/")) continue;
    const size_t slash = object.name.rfind('/');
    const size_t begin = slash == std::string::npos ? 0 : slash + 1;
    auto name = ParseDataFileName(std::string_view(object.name).substr(begin));
    if (!name.has_value()) continue;
    files.push_back({std::move(*name), object.name, object.name.substr(0, begin == 0 ? 0 : slash),
                     object.size});
  }
  return files;
}

Result<std::vector<FileSlice>> LatestFileSlices(const std::vector<DataFile>& files,
                                                Timeline& timeline) {
  std::map<std::pair<std::string, std::string>, FileGroup> groups;
  for (const DataFile& file : files) {
    ASSIGN_OR_RAISE(const auto completion, timeline.CompletionTime(file.name.instant));
    if (!completion.has_value()) continue;
    FileGroup& group = groups[{file.partition, file.name.file_id}];
    (file.name.is_log ? group.logs : group.bases).push_back({file, *completion});
  }
  std::vector<FileSlice> slices;
  for (auto& [key, group] : groups) {
    FileSlice slice = LatestSlice(std::move(group));
    slice.partition = key.first;
    slice.file_id = key.second;
    slices.push_back(std::move(slice));
  }
  return slices;
}

}  // namespace headrace::hudi
