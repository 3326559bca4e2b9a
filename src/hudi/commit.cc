#include "hudi/commit.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/fault.h"
#include "hudi/commit_metadata.h"
#include "hudi/group_changes.h"
#include "hudi/group_file.h"
#include "hudi/markers.h"
#include "hudi/properties.h"
#include "hudi/table_schema.h"
#include "storage/parallel.h"

namespace headrace::hudi {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

// A new file group begins with a base file where so many rows come at once; fewer go to a log file,
// which is written faster.
constexpr int64_t kBaseFileRowsMin = 10'000;

Commit::~Commit() = default;

std::vector<GroupFile> Commit::PlanFiles(std::vector<GroupChanges> groups) {
  const TableConfig& config = table_.config_;
  const bool is_overwrite = operation_ == WriteOperation::kOverwritePartitions;
  const bool has_logs = !config.is_copy_on_write() && !config.key.empty();
  std::vector<GroupFile> files;
  int64_t rows = 0;
  for (GroupChanges& changes : groups) {
    GroupFile file;
    const auto found = table_.groups_.find({changes.partition, changes.bucket});
    file.is_new_group = config.key.empty() || is_overwrite || found == table_.groups_.end();
    // What isn't there needs no delete; without a log nothing can come before it, either.
    if (!has_logs && file.is_new_group && changes.rows == 0) continue;
    if (!file.is_new_group) {
      file.name.file_id = found->second.file_id;
      file.previous = found->second.base;
    } else {
      file.name.file_id =
          MakeFileId(config.key.empty() ? std::nullopt : std::optional(changes.bucket));
    }
    file.name.instant = instant_.time;
    file.name.write_token = fmt::format("{}-0-0", files.size());
    file.name.is_log =
        has_logs && !is_overwrite &&
        (!file.is_new_group || !changes.deletes.empty() || changes.rows < kBaseFileRowsMin);
    file.name.log_version = file.name.is_log ? 1 : 0;
    file.first_row = rows;
    rows += changes.rows;
    file.changes = std::move(changes);
    files.push_back(std::move(file));
  }
  return files;
}

// Finds what an overwrite takes out: every file group of the partitions that it writes to.
Status Commit::FindReplaced(const std::vector<GroupFile>& files) {
  for (const GroupFile& file : files) {
    const auto [partition, is_new] = replaced_.try_emplace(file.changes.partition);
    if (!is_new) continue;
    ASSIGN_OR_RAISE(auto there, ListDataFiles(*table_.storage_, partition->first));
    ASSIGN_OR_RAISE(const auto slices, LatestFileSlices(there, *table_.timeline_));
    for (const FileSlice& slice : slices) partition->second.push_back(slice.file_id);
  }
  return Status::OK();
}

// Marks the folders of partitions that no commit has written to before.
Status Commit::WritePartitionMetadata(const std::vector<GroupFile>& files) {
  std::set<std::string> known;
  for (const GroupFile& file : files) {
    const std::string& partition = file.changes.partition;
    const bool is_there = table_.groups_.lower_bound({partition, 0}) !=
                          table_.groups_.lower_bound({partition + '\0', 0});
    if (is_there || !known.insert(partition).second) continue;
    const auto depth =
        partition.empty() ? 0 : 1 + std::count(partition.begin(), partition.end(), '/');
    const Status status = table_.storage_->PutIfAbsent(
        PathIn(partition, ".hoodie_partition_metadata"),
        FormatProperties({{"commitTime", instant_.time}, {"partitionDepth", std::to_string(depth)}},
                         "partition metadata"));
    if (!status.ok() && !status.IsAlreadyExists()) return status;
  }
  return Status::OK();
}

// Remembers what was written for the metadata of this commit and for the next one.
void Commit::Keep(const GroupFile& file, const WriteStat& stat) {
  stats_.push_back(stat);
  Table::KnownGroup group{file.name.file_id, std::nullopt};
  if (table_.config_.is_copy_on_write() && !table_.config_.key.empty())
    group.base = DataFile{file.name, file.Path(), file.changes.partition, stat.bytes};
  table_.groups_[{file.changes.partition, file.changes.bucket}] = std::move(group);
}

Status Commit::Write(const std::vector<BatchPtr>& upserts, const std::vector<BatchPtr>& deletes) {
  const bool is_overwrite = operation_ == WriteOperation::kOverwritePartitions;
  if (is_overwrite && !deletes.empty())
    return Status::Invalid("a commit that overwrites partitions deletes no single rows");
  ASSIGN_OR_RAISE(auto groups,
                  SplitChanges(upserts, deletes, table_.schema_, table_.config_, instant_.time));
  std::vector<GroupFile> files = PlanFiles(std::move(groups));
  if (files.empty()) return Status::OK();
  if (is_overwrite) RETURN_NOT_OK(FindReplaced(files));
  std::vector<Marker> markers;
  for (const GroupFile& file : files) markers.push_back({file.Path(), file.previous.has_value()});
  RETURN_NOT_OK(WriteMarkers(instant_.time, markers, *table_.storage_));
  RETURN_NOT_OK(WritePartitionMetadata(files));
  std::vector<WriteStat> stats(files.size());
  RETURN_NOT_OK(storage::RunParallel(
      static_cast<int64_t>(files.size()), table_.storage_->concurrency(), [&](int64_t i) -> Status {
        ASSIGN_OR_RAISE(EncodedFile encoded, EncodeGroupFile(files[i], table_));
        RETURN_NOT_OK(
            table_.storage_->PutIfAbsent(files[i].Path(), std::string_view(*encoded.bytes)));
        FaultPoint("hudi.between_data_files");
        stats[i] = std::move(encoded.stat);
        files[i].changes.upserts.clear();  // their memory is needed no longer
        files[i].changes.deletes.clear();
        return Status::OK();
      }));
  for (size_t i = 0; i < files.size(); ++i) Keep(files[i], stats[i]);
  return Status::OK();
}

// A second writer isn't kept out, but it doesn't go unnoticed.
Status Commit::CheckAlone() {
  RETURN_NOT_OK(table_.Refresh());
  bool is_there = false;
  for (const Instant& other : table_.timeline_->instants()) {
    is_there = is_there || other.time == instant_.time;
    if ((other.is_write() || other.action == "rollback") && !table_.timeline_->IsOwn(other.time) &&
        other.state == InstantState::kCompleted && other.completion_time > known_completion_)
      return Status::IOError("another writer completed ", other.action, " ", other.time, " on ",
                             table_.storage_->root(), " while commit ", instant_.time,
                             " was in flight; a table has one writer at a time");
  }
  if (!is_there)
    return Status::IOError("another writer removed commit ", instant_.time, " of ",
                           table_.storage_->root(), " while it was in flight");
  return Status::OK();
}

Result<std::string> Commit::Metadata(const std::map<std::string, std::string>& extra) const {
  if (operation_ == WriteOperation::kOverwritePartitions)
    return ReplaceCommitMetadata(instant_.time, stats_, "INSERT_OVERWRITE", replaced_, extra);
  const bool only_deletes = std::all_of(stats_.begin(), stats_.end(), [](const WriteStat& stat) {
    return stat.deletes > 0 && stat.inserts + stat.updates == 0;
  });
  const char* operation = table_.config_.key.empty()        ? "INSERT"
                          : only_deletes && !stats_.empty() ? "DELETE"
                                                            : "UPSERT";
  return CommitMetadata(instant_.time, stats_, operation, extra);
}

Status Commit::Complete(const std::map<std::string, std::string>& extra) {
  RETURN_NOT_OK(CheckAlone());
  std::map<std::string, std::string> all = extra;
  all["schema"] = ToAvroSchemaJson(*table_.schema_, table_.config_.name);
  ASSIGN_OR_RAISE(const std::string metadata, Metadata(all));
  FaultPoint("hudi.before_complete");
  RETURN_NOT_OK(table_.timeline_->Complete(&instant_, metadata, table_.clock_));
  FaultPoint("hudi.after_complete");
  table_.has_failed_commit_ = false;
  return DeleteWrittenMarkers(instant_.time, *table_.storage_);
}

}  // namespace headrace::hudi
