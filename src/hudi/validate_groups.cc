#include <fmt/format.h>

#include "hudi/timeline.h"
#include "hudi/validation_checks.h"

namespace headrace::hudi {
namespace {

using Place = std::pair<std::string, std::string>;  // partition and file id

// When the replacecommit completed that took each group out.
std::map<Place, std::string> ReplacedGroups(const CheckedTable& table) {
  std::map<Place, std::string> replaced;
  for (const auto& [time, report] : table.reports) {
    const auto instant = table.instants.find(time);
    if (instant == table.instants.end()) continue;
    for (const auto& [partition, groups] : report.replaced)
      for (const std::string& group : groups)
        replaced[{partition, group}] = instant->second.completion_time;
  }
  return replaced;
}

bool HasBuckets(const CheckedTable& table) {
  if (table.config.buckets > 0) return true;
  bool has_buckets = !table.files.empty() && !table.config.key.empty();
  for (const DataFile& file : table.files)
    has_buckets = has_buckets && BucketOfFileId(file.name.file_id).has_value();
  return has_buckets;
}

void CheckBucket(const DataFile& file, CheckedTable* table,
                 std::map<std::pair<std::string, int32_t>, std::string>* groups) {
  const std::string& file_id = file.name.file_id;
  const auto bucket = BucketOfFileId(file_id);
  if (!bucket.has_value()) {
    table->Error(file.path, "is of a file group that names no bucket",
                 "a table with a bucket index holds no other file groups: another index wrote it");
    return;
  }
  if (table->config.buckets > 0 && *bucket >= table->config.buckets)
    table->Error(file.path,
                 fmt::format("is of bucket {}, the table has {}", *bucket, table->config.buckets),
                 "a writer was told another number of buckets; keys may be there twice");
  const auto [known, is_new] = groups->emplace(std::pair(file.partition, *bucket), file_id);
  if (!is_new)
    table->Error(file.path,
                 fmt::format("is of a second file group of bucket {}; the first is {}", *bucket,
                             known->second),
                 "keys may be there twice: one of the groups is of a writer that didn't see the "
                 "other; keep one, and write the rows of the other again");
}

}  // namespace

void CheckFileGroups(CheckedTable* table) {
  const auto replaced = ReplacedGroups(*table);
  const bool has_buckets = HasBuckets(*table);
  std::map<std::pair<std::string, int32_t>, std::string> groups;
  std::set<Place> seen;
  for (const DataFile& file : table->files) {
    if (table->StateOf(file.name.instant) != CommitState::kCompleted) continue;
    const auto gone = replaced.find({file.partition, file.name.file_id});
    if (gone == replaced.end()) {
      if (has_buckets && seen.emplace(file.partition, file.name.file_id).second)
        CheckBucket(file, table, &groups);
      continue;
    }
    const auto instant = table->instants.find(file.name.instant);
    if (instant == table->instants.end() || instant->second.completion_time <= gone->second)
      continue;
    table->Error(file.path,
                 "was written into a file group after a replacecommit had taken it out (" +
                     gone->second + ")",
                 "readers don't see its rows: write them again");
  }
}

}  // namespace headrace::hudi
