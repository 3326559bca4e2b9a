#include "hudi/file_group.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <tuple>

#include "hudi/commit_metadata.h"

namespace headrace::hudi {
namespace {

struct CompletedFile {
  DataFile file;
  std::string completion_time;
};

struct Files {
  std::vector<CompletedFile> bases, logs;
};

// Gives each log file to the newest base file whose instant is before its completion: a base file
// made by compaction holds what had completed when the compaction was requested.
std::vector<FileSlice> SlicesOf(Files files) {
  std::sort(files.bases.begin(), files.bases.end(),
            [](const CompletedFile& a, const CompletedFile& b) {
              return a.file.name.instant < b.file.name.instant;
            });
  std::sort(files.logs.begin(), files.logs.end(),
            [](const CompletedFile& a, const CompletedFile& b) {
              return std::tie(a.completion_time, a.file.name.log_version, a.file.name.write_token) <
                     std::tie(b.completion_time, b.file.name.log_version, b.file.name.write_token);
            });
  std::vector<FileSlice> slices;  // the oldest first
  auto log = files.logs.begin();
  const auto add_logs = [&](const std::string& until) {
    for (; log != files.logs.end() && (until.empty() || log->completion_time <= until); ++log) {
      if (slices.empty()) slices.emplace_back().instant = log->file.name.instant;
      slices.back().logs.push_back(std::move(log->file));
    }
  };
  for (CompletedFile& base : files.bases) {
    add_logs(base.file.name.instant);
    slices.emplace_back().instant = base.file.name.instant;
    slices.back().base = std::move(base.file);
  }
  add_logs("");
  std::reverse(slices.begin(), slices.end());
  return slices;
}

// When each file group was taken out. Files of replacecommits that are archived have been cleaned.
Result<std::map<std::pair<std::string, std::string>, std::string>> ReplacedGroups(
    const Timeline& timeline, const std::string& as_of) {
  std::map<std::pair<std::string, std::string>, std::string> replaced;
  for (const Instant& instant : timeline.instants()) {
    if (instant.state != InstantState::kCompleted ||
        (instant.action != "replacecommit" && instant.action != "clustering"))
      continue;
    if (!as_of.empty() && instant.completion_time > as_of) continue;
    const auto file = timeline.Read(instant, InstantState::kCompleted);
    if (file.status().IsKeyError()) continue;  // archived meanwhile
    RETURN_NOT_OK(file.status());
    auto groups = ReplacedGroupsOf(*file);
    if (!groups.ok()) return WithContext("replacecommit " + instant.time, groups.status());
    for (auto& group : *groups) replaced.emplace(std::move(group), instant.completion_time);
  }
  return replaced;
}

}  // namespace

int64_t FileSlice::log_bytes() const {
  int64_t bytes = 0;
  for (const DataFile& log : logs) bytes += log.size;
  return bytes;
}

std::string PathIn(const std::string& partition, const std::string& file_name) {
  return partition.empty() ? file_name : partition + "/" + file_name;
}

std::string AbsolutePath(const std::string& path, const storage::Storage& storage) {
  const bool is_url = storage.root().find("://") != std::string::npos;
  const std::string root =
      is_url ? storage.root()
             : std::filesystem::absolute(storage.root()).lexically_normal().string();
  return (root.ends_with('/') ? root : root + "/") + path;
}

std::vector<DataFile> DataFilesAmong(const std::vector<storage::ObjectInfo>& objects) {
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

Result<std::vector<DataFile>> ListDataFiles(storage::Storage& storage) {
  ASSIGN_OR_RAISE(const auto objects, storage.List(""));
  return DataFilesAmong(objects);
}

Result<std::vector<DataFile>> ListDataFiles(storage::Storage& storage,
                                            const std::string& partition) {
  ASSIGN_OR_RAISE(const auto objects, storage.List(partition));
  std::vector<DataFile> files = DataFilesAmong(objects);
  std::erase_if(files, [&](const DataFile& file) { return file.partition != partition; });
  return files;
}

Result<std::vector<FileGroup>> FileGroups(const std::vector<DataFile>& files, Timeline& timeline,
                                          const std::string& as_of) {
  std::map<std::pair<std::string, std::string>, Files> files_of;
  for (const DataFile& file : files) {
    ASSIGN_OR_RAISE(const auto completion, timeline.CompletionTime(file.name.instant));
    if (!completion.has_value() || (!as_of.empty() && *completion > as_of)) continue;
    Files& group = files_of[{file.partition, file.name.file_id}];
    (file.name.is_log ? group.logs : group.bases).push_back({file, *completion});
  }
  ASSIGN_OR_RAISE(const auto replaced, ReplacedGroups(timeline, as_of));
  std::vector<FileGroup> groups;
  for (auto& [place, completed] : files_of) {
    FileGroup group{place.first, place.second, SlicesOf(std::move(completed)), std::nullopt};
    for (FileSlice& slice : group.slices) {
      slice.partition = group.partition;
      slice.file_id = group.file_id;
    }
    const auto found = replaced.find(place);
    if (found != replaced.end()) group.replaced_at = found->second;
    groups.push_back(std::move(group));
  }
  return groups;
}

Result<std::vector<FileSlice>> LatestFileSlices(const std::vector<DataFile>& files,
                                                Timeline& timeline, const std::string& as_of) {
  ASSIGN_OR_RAISE(std::vector<FileGroup> groups, FileGroups(files, timeline, as_of));
  std::vector<FileSlice> slices;
  for (FileGroup& group : groups)
    if (!group.replaced_at.has_value()) slices.push_back(std::move(group.slices.front()));
  return slices;
}

}  // namespace headrace::hudi
