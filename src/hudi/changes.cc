#include "hudi/changes.h"

#include <arrow/array/array_binary.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "hudi/commit_metadata.h"
#include "hudi/history.h"
#include "hudi/merge.h"
#include "hudi/parallel_reader.h"
#include "hudi/parquet_reader.h"
#include "hudi/projection.h"
#include "hudi/table_schema.h"

namespace headrace::hudi {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;
using Batches = std::shared_ptr<arrow::RecordBatchReader>;
using SchemaPtr = std::shared_ptr<arrow::Schema>;

// The rows of a base file that commits of the range wrote, and log records.
class ChangedRows : public arrow::RecordBatchReader {
 public:
  ChangedRows(SchemaPtr schema, const std::set<std::string>& instants, Batches base,
              LogRecords records, LogRecords::Mark mark)
      : schema_(std::move(schema)),
        instants_(instants),
        base_(std::move(base)),
        records_(std::move(records)),
        mark_(mark) {}

  SchemaPtr schema() const override { return schema_; }

  Status ReadNext(BatchPtr* batch) override {
    if (base_ != nullptr) {
      RETURN_NOT_OK(base_->ReadNext(batch));
      if (*batch != nullptr) {
        ASSIGN_OR_RAISE(*batch, records_.KeepRows(*batch));
        return InRange(*batch).Value(batch);
      }
      base_ = nullptr;
    }
    if (!are_rows_taken_) {
      rows_ = records_.Rows(mark_);
      are_rows_taken_ = true;
    }
    *batch = nullptr;
    if (next_ == rows_.size()) return Status::OK();
    return rows_[next_++].Take().Value(batch);
  }

 private:
  // A base file also holds rows of older commits.
  Result<BatchPtr> InRange(const BatchPtr& batch) const {
    const auto& times = static_cast<const arrow::StringArray&>(
        *batch->GetColumnByName(MetaColumnNames()[kCommitTime]));
    std::vector<int64_t> rows;
    std::string last_time;
    bool is_in_range = false;
    for (int64_t row = 0; row < times.length(); ++row) {
      if (row == 0 || times.GetView(row) != last_time) {
        last_time = times.GetString(row);
        is_in_range = instants_.contains(last_time);
      }
      if (is_in_range) rows.push_back(row);
    }
    return TakeRows(batch, rows);
  }

  const SchemaPtr schema_;
  const std::set<std::string> instants_;
  Batches base_;  // null where it has been read
  LogRecords records_;
  const LogRecords::Mark mark_;
  bool are_rows_taken_ = false;
  std::vector<LogRecords::BatchRows> rows_;
  size_t next_ = 0;
};

std::vector<RecordId> IdsOf(const arrow::RecordBatch& batch, const std::string& partition) {
  const auto& keys =
      static_cast<const arrow::StringArray&>(*batch.GetColumnByName(MetaColumnNames()[kRecordKey]));
  std::vector<RecordId> ids;
  for (int64_t row = 0; row < keys.length(); ++row) ids.push_back({keys.GetString(row), partition});
  return ids;
}

// Lets the rows of an older file beat the log records that are older than they are.
Status Beat(arrow::RecordBatchReader& rows, LogRecords* records) {
  for (const auto& batch : rows) {
    RETURN_NOT_OK(batch.status());
    RETURN_NOT_OK(records->KeepRows(*batch).status());
  }
  return Status::OK();
}

}  // namespace

Result<std::unique_ptr<TableChanges>> TableChanges::Make(Table& table,
                                                         const ChangeOptions& options) {
  std::unique_ptr<TableChanges> changes(new TableChanges(table));
  if (!options.from.empty()) {
    ASSIGN_OR_RAISE(changes->from_, ParseQueryTime(options.from));
  }
  changes->to_ = table.timeline().LastCompletion();
  if (!options.to.empty()) {
    ASSIGN_OR_RAISE(changes->to_, ParseQueryTime(options.to));
  }
  const std::string& order_by = table.config().order_by;
  std::vector<std::string> narrow = {MetaColumnNames()[kRecordKey]};
  if (!order_by.empty()) narrow.push_back(order_by);
  ASSIGN_OR_RAISE(changes->schema_, ColumnsOf(table, options.columns));
  ASSIGN_OR_RAISE(changes->narrow_, ColumnsOf(table, narrow));
  narrow.push_back(MetaColumnNames()[kCommitTime]);
  ASSIGN_OR_RAISE(changes->merged_, WithColumns(table, *changes->schema_, narrow));
  RETURN_NOT_OK(CheckRange(table, changes->from_, changes->to_));
  if (!options.to.empty()) RETURN_NOT_OK(CheckHistory(table, changes->to_));
  RETURN_NOT_OK(changes->FindInstants());
  RETURN_NOT_OK(changes->FindGroups());
  return changes;
}

Status TableChanges::FindInstants() {
  for (const Instant& instant : table_.timeline().instants()) {
    if (instant.state != InstantState::kCompleted || instant.completion_time <= from_ ||
        instant.completion_time > to_)
      continue;
    instants_.insert(instant.time);
    if (instant.action != "replacecommit" && instant.action != "clustering") continue;
    ASSIGN_OR_RAISE(const std::string file,
                    table_.timeline().Read(instant, InstantState::kCompleted));
    ASSIGN_OR_RAISE(const std::string type, OperationTypeOf(file));
    if (type == "CLUSTER") clusterings_.insert(instant.completion_time);
  }
  return Status::OK();
}

Status TableChanges::FindGroups() {
  ASSIGN_OR_RAISE(const auto files, ListDataFiles(table_.storage()));
  ASSIGN_OR_RAISE(auto groups, FileGroups(files, table_.timeline(), to_));
  std::map<std::pair<std::string, std::string>, FileSlice> before;
  if (!from_.empty()) {
    ASSIGN_OR_RAISE(auto slices, LatestFileSlices(files, table_.timeline(), from_));
    for (FileSlice& slice : slices) before[{slice.partition, slice.file_id}] = std::move(slice);
  }
  for (FileGroup& group : groups) {
    Group changed;
    const bool is_replaced = group.replaced_at.has_value();
    if (is_replaced && (from_.empty() || *group.replaced_at <= from_)) continue;
    changed.is_moved = is_replaced && clusterings_.contains(*group.replaced_at);
    changed.is_gone = is_replaced && !changed.is_moved;
    const auto found = before.find({group.partition, group.file_id});
    if (found != before.end()) {
      changed.before = std::move(found->second);
    } else if (!from_.empty()) {
      // Clustering has brought rows that were in another group before.
      FileSlice& first = group.slices.back();
      for (const Instant& instant : table_.timeline().instants()) {
        if (instant.time != first.instant || !clusterings_.contains(instant.completion_time))
          continue;
        changed.before = first;
        changed.before->logs.clear();
      }
    }
    changed.now = std::move(group.slices.front());
    const bool has_changed = from_.empty() || changed.is_gone ||
                             (changed.now.base.has_value() && IsInRange(*changed.now.base)) ||
                             std::any_of(changed.now.logs.begin(), changed.now.logs.end(),
                                         [&](const DataFile& log) { return IsInRange(log); });
    if (has_changed) groups_.push_back(std::move(changed));
  }
  return Status::OK();
}

Result<std::vector<RecordId>> TableChanges::Deletes(size_t number) {
  const Group& group = groups_[number];
  std::vector<RecordId> ids;
  if (from_.empty() || (group.is_gone && !group.before.has_value())) return ids;
  const bool is_rewritten = group.now.base.has_value() && IsInRange(*group.now.base);
  if (group.is_gone || (is_rewritten && group.before.has_value())) return MissingKeys(group);
  const std::string& order_by = table_.config().order_by;
  LogRecords in_range(order_by);
  for (const DataFile& log : group.now.logs)
    if (IsInRange(log)) RETURN_NOT_OK(AddLogFile(table_.storage(), log, narrow_, &in_range));
  if (in_range.Deletes({}).empty()) return ids;
  // Whether they count is told by what was there before.
  LogRecords all(order_by);
  LogRecords::Mark mark;
  for (const DataFile& log : group.now.logs) {
    if (order_by.empty() && !IsInRange(log)) continue;
    RETURN_NOT_OK(AddLogFile(table_.storage(), log, narrow_, &all));
    if (!IsInRange(log)) mark = all.mark();
  }
  if (group.now.base.has_value() && !order_by.empty()) {
    const DataFile& base = *group.now.base;
    ASSIGN_OR_RAISE(const auto rows, OpenParquet(table_.storage(), base.path, base.size, narrow_));
    RETURN_NOT_OK(Beat(*rows, &all));
  }
  for (const DeleteRecord* record : all.Deletes(mark))
    ids.push_back({record->key, group.now.partition});
  return ids;
}

// The keys that were there as of `from` and are not as of `to`.
Result<std::vector<RecordId>> TableChanges::MissingKeys(const Group& group) {
  const std::string& order_by = table_.config().order_by;
  LogRecords there("");
  if (!group.is_gone) {
    ASSIGN_OR_RAISE(const auto now, OpenSlice(table_.storage(), group.now, narrow_, order_by));
    for (const auto& batch : *now) {
      RETURN_NOT_OK(batch.status());
      RETURN_NOT_OK(there.AddRows(*batch));
    }
  }
  std::vector<RecordId> ids;
  ASSIGN_OR_RAISE(const auto before, OpenSlice(table_.storage(), *group.before, narrow_, order_by));
  for (const auto& batch : *before) {
    RETURN_NOT_OK(batch.status());
    ASSIGN_OR_RAISE(const BatchPtr missing, there.KeepRows(*batch));
    for (RecordId& id : IdsOf(*missing, group.now.partition)) ids.push_back(std::move(id));
  }
  return ids;
}

Result<Batches> TableChanges::Upserts(size_t number) {
  const Group& group = groups_[number];
  const std::string& order_by = table_.config().order_by;
  storage::Storage& storage = table_.storage();
  if (group.is_gone || group.is_moved) return arrow::RecordBatchReader::Make({}, schema_);
  if (from_.empty()) {
    ASSIGN_OR_RAISE(auto rows, OpenSlice(storage, group.now, merged_, order_by));
    return Project(std::move(rows), schema_);
  }
  LogRecords records(order_by);
  LogRecords::Mark mark;
  for (const DataFile& log : group.now.logs) {
    if (IsInRange(log)) {
      RETURN_NOT_OK(AddLogFile(storage, log, merged_, &records));
    } else if (!order_by.empty()) {  // the version that counts may be the older log's
      RETURN_NOT_OK(AddLogFile(storage, log, narrow_, &records));
      mark = records.mark();
    }
  }
  Batches base;
  if (group.now.base.has_value()) {
    const bool is_new = IsInRange(*group.now.base);
    ASSIGN_OR_RAISE(auto rows, OpenParquet(storage, group.now.base->path, group.now.base->size,
                                           is_new ? merged_ : narrow_));
    if (is_new) {
      base = std::move(rows);
    } else if (!order_by.empty()) {
      RETURN_NOT_OK(Beat(*rows, &records));
    }
  }
  return Project(
      std::make_shared<ChangedRows>(merged_, instants_, std::move(base), std::move(records), mark),
      schema_);
}

Result<Batches> ReadIncremental(Table& table, const ChangeOptions& options) {
  ASSIGN_OR_RAISE(std::shared_ptr<TableChanges> changes, TableChanges::Make(table, options));
  return ReadParts(
      changes->schema(), changes->groups(),
      [changes](size_t group) { return changes->Upserts(group); }, 1);
}

}  // namespace headrace::hudi
