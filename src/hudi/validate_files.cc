#include <algorithm>
#include <cstdlib>

#include "hudi/markers.h"
#include "hudi/validation_checks.h"

namespace headrace::hudi {
namespace {

constexpr char kMetadataName[] = ".hoodie_partition_metadata";

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Whether a file of no known commit is taken for committed: one before the active timeline is.
bool CountsAsArchived(const CheckedTable& table, const std::string& instant) {
  return !table.instants.empty() && instant < table.instants.begin()->first;
}

void CheckInstant(const DataFile& file, CheckedTable* table) {
  if (table->StateOf(file.name.instant) != CommitState::kUnknown) return;
  if (CountsAsArchived(*table, file.name.instant)) {
    table->Error(
        file.path,
        "belongs to no known commit and is older than the active timeline, so that readers "
        "count it as committed",
        "its commit failed and was never rolled back: remove the file, or move it away");
  } else {
    table->Error(file.path, "belongs to no commit on the timeline",
                 "readers leave it out now, but not when the timeline is archived beyond it: "
                 "remove the file");
  }
}

Status CheckPartition(const std::string& partition, CheckedTable* table) {
  const std::string path = (partition.empty() ? "" : partition + "/") + kMetadataName;
  const Result<std::string> text = table->storage.Get(path);
  const std::string hint =
      "readers that list folders don't see the partition: make it with the lines commitTime=<the "
      "first commit there> and partitionDepth=<folders below the table>";
  if (text.status().IsKeyError()) {
    table->Error(path, "is missing in a folder with data files", hint);
    return Status::OK();
  }
  RETURN_NOT_OK(text.status());
  const Properties properties = ParseProperties(*text);
  const auto depth = properties.find("partitionDepth");
  const auto expected =
      partition.empty() ? 0 : 1 + std::count(partition.begin(), partition.end(), '/');
  if (depth == properties.end() || depth->second != std::to_string(expected))
    table->Error(path,
                 "says the partition depth " +
                     (depth == properties.end() ? "(none)" : depth->second) + ", not " +
                     std::to_string(expected),
                 hint);
  const auto time = properties.find("commitTime");
  if (time == properties.end() || !IsInstantTime(time->second))
    table->Error(path, "names no commit", hint);
  return Status::OK();
}

// Markers name the files of a commit in flight.
void CheckMarker(const std::string& path, CheckedTable* table) {
  const std::string instant = InstantOfMarker(path);
  if (table->StateOf(instant) == CommitState::kPending) return;
  table->Warning(path,
                 table->StateOf(instant) == CommitState::kCompleted
                     ? "is a marker of a commit that is complete"
                     : "is a marker of a commit that isn't there",
                 std::string("remove the folder ") + kMarkersFolder + "/" + instant);
}

// Hadoop compares a file with the checksums beside it, and fails where they don't fit.
bool IsChecksumFile(const std::string& name) {
  return name.starts_with('.') && name.ends_with(".crc");
}

}  // namespace

Status CheckFiles(CheckedTable* table) {
  std::set<std::string> known, partitions;
  for (const DataFile& file : table->files) {
    known.insert(file.path);
    CheckInstant(file, table);
    if (table->StateOf(file.name.instant) == CommitState::kCompleted)
      partitions.insert(file.partition);
  }
  for (const std::string& partition : partitions) RETURN_NOT_OK(CheckPartition(partition, table));
  for (const storage::ObjectInfo& object : table->objects) {
    const std::string name = NameOf(object.name);
    if (object.name.starts_with(std::string(kMarkersFolder) + "/")) {
      if (!IsChecksumFile(name)) CheckMarker(object.name, table);
    } else if (!object.name.starts_with(".hoodie/") && !known.contains(object.name) &&
               name != kMetadataName && !IsChecksumFile(name)) {
      table->Warning(object.name, "is no file of a Hudi table",
                     "remove it, or keep it outside the table's folder");
    }
  }
  return Status::OK();
}

void CheckCommits(CheckedTable* table) {
  std::map<std::string, const DataFile*> files;
  for (const DataFile& file : table->files) files[file.name.ToString()] = &file;
  for (const auto& [time, report] : table->reports) {
    for (const WrittenFile& written : report.written) {
      table->stats[written.name] = &written;
      const std::string path =
          (written.partition.empty() ? "" : written.partition + "/") + written.name;
      const auto found = files.find(written.name);
      if (found == files.end()) {
        if (table->deleted.contains(written.name)) continue;
        table->Error(path, "is missing, though commit " + time + " wrote it",
                     "put it back from a copy of the table, or roll back to a commit before");
        continue;
      }
      if (found->second->path != path)
        table->Error(found->second->path, "is not where commit " + time + " wrote it: at " + path,
                     "move it back");
      if (written.size > 0 && written.size != found->second->size)
        table->Error(path,
                     "has " + std::to_string(found->second->size) + " bytes, commit " + time +
                         " wrote " + std::to_string(written.size),
                     "the file was changed: put it back from a copy of the table");
    }
  }
  for (const DataFile& file : table->files) {
    const std::string& time = file.name.instant;
    if (table->stats.contains(file.name.ToString()) || !table->reports.contains(time)) continue;
    if (table->StateOf(time) == CommitState::kCompleted)
      table->Error(file.path, "is not among the files that commit " + time + " says it wrote",
                   "readers count it: if it is the rest of a failed attempt, remove it");
  }
}

}  // namespace headrace::hudi
