#include "hudi/table.h"

#include <arrow/array/array_binary.h>
#include <fmt/format.h>

#include "base/fault.h"
#include "base/logging.h"
#include "hudi/bucket.h"
#include "hudi/commit.h"
#include "hudi/commit_metadata.h"
#include "hudi/merge.h"
#include "hudi/restore.h"
#include "hudi/rollback.h"
#include "hudi/table_check.h"
#include "hudi/table_features.h"
#include "hudi/table_schema.h"

namespace headrace::hudi {

Result<std::unique_ptr<Table>> Table::Load(std::shared_ptr<storage::Storage> storage,
                                           Clock& clock) {
  ASSIGN_OR_RAISE(TableConfig config, ReadTableConfig(*storage));
  ASSIGN_OR_RAISE(auto timeline, Timeline::Load(storage, config.is_utc));
  std::unique_ptr<Table> table(
      new Table(std::move(storage), std::move(config), std::move(timeline), clock));
  ASSIGN_OR_RAISE(table->schema_, table->ReadSchema());
  return table;
}

Result<std::unique_ptr<Table>> Table::Open(std::shared_ptr<storage::Storage> storage) {
  return Load(std::move(storage), Clock::System());
}

Result<std::unique_ptr<Table>> Table::OpenOrCreate(std::shared_ptr<storage::Storage> storage,
                                                   const TableDefinition& definition,
                                                   Clock& clock) {
  ASSIGN_OR_RAISE(const auto wanted, ToTableSchema(*definition.schema));
  RETURN_NOT_OK(CheckDefinition(definition, *wanted));
  TableConfig config;
  config.name = definition.name;
  config.version = definition.version;
  if (definition.type == TableType::kCopyOnWrite) config.type = "COPY_ON_WRITE";
  config.key = definition.key;
  config.partition_by = definition.partition_by;
  config.is_hive_style = definition.hive_style_partitions;
  config.order_by = definition.order_by;
  config.buckets = definition.buckets;
  config.is_key_named = TableConfig::NamesKeys(definition.key, definition.partition_by);
  config.create_schema = ToAvroSchemaJson(*wanted, definition.name);
  const Status created = CreateTableConfig(config, *storage);
  if (!created.ok() && !created.IsAlreadyExists()) return created;
  ASSIGN_OR_RAISE(auto table, Load(std::move(storage), clock));
  RETURN_NOT_OK(CheckWritable(*table->storage_));
  table->definition_ = definition;
  RETURN_NOT_OK(table->FitSchema());
  RETURN_NOT_OK(RollBackDeadCommits(*table->storage_, *table->timeline_, clock));
  RETURN_NOT_OK(FinishRestores(*table));
  RETURN_NOT_OK(table->FindFileGroups());
  if (!definition.key.empty()) RETURN_NOT_OK(table->CheckBuckets(definition.buckets));
  return table;
}

Result<std::shared_ptr<arrow::Schema>> Table::ReadSchema() const {
  std::string json;
  RETURN_NOT_OK(VisitExtraMetadata([&](const ExtraMetadata& extra) -> Result<bool> {
    const auto found = extra.find("schema");
    if (found == extra.end() || found->second.empty()) return true;
    json = found->second;
    return false;
  }));
  if (json.empty()) json = config_.create_schema;
  if (json.empty())
    return UserError("the Hudi table " + storage_->root() + " has no schema: nothing was written",
                     "write to it once, or remove the folder");
  ASSIGN_OR_RAISE(const avro::TypePtr record, avro::ParseSchema(json));
  return FromAvroSchema(*record);
}

// The table takes the columns that the definition wants: the next commit says so.
Status Table::FitSchema() {
  ASSIGN_OR_RAISE(const auto known, ReadSchema());
  ASSIGN_OR_RAISE(const auto wanted, ToTableSchema(*definition_->schema));
  ASSIGN_OR_RAISE(auto schema, CheckFits(storage_->root(), config_, *known, *definition_, *wanted));
  const std::lock_guard lock(schema_mutex_);
  if (!schema->Equals(*schema_)) schema_ = std::move(schema);
  return Status::OK();
}

Status Table::VisitExtraMetadata(
    const std::function<Result<bool>(const ExtraMetadata&)>& visit) const {
  const auto instants = timeline_->instants();
  for (auto instant = instants.rbegin(); instant != instants.rend(); ++instant) {
    if (instant->state != InstantState::kCompleted || !instant->is_write()) continue;
    ASSIGN_OR_RAISE(const std::string file, timeline_->Read(*instant, InstantState::kCompleted));
    auto extra = ExtraMetadataOf(file);
    if (!extra.ok()) return WithContext("commit " + instant->time, extra.status());
    ASSIGN_OR_RAISE(const bool go_on, visit(*extra));
    if (!go_on) break;
  }
  return Status::OK();
}

Status Table::Refresh() { return timeline_->Refresh(); }

Result<std::vector<FileSlice>> Table::FileSlices(const std::string& as_of) {
  ASSIGN_OR_RAISE(const auto files, ListDataFiles(*storage_));
  return LatestFileSlices(files, *timeline_, as_of);
}

Status Table::FindFileGroups() {
  ASSIGN_OR_RAISE(const auto slices, FileSlices());
  groups_.clear();
  for (const FileSlice& slice : slices) {
    KnownGroup group{slice.file_id, std::nullopt};
    if (config_.key.empty()) {
      groups_.emplace(std::pair(slice.partition, 0), std::move(group));
      continue;
    }
    if (config_.is_copy_on_write()) group.base = slice.base;
    const auto bucket = BucketOfFileId(slice.file_id);
    if (!bucket.has_value())
      return UserError("the Hudi table " + storage_->root() +
                           " was not written with a bucket index: it has a file group " +
                           slice.file_id,
                       "headrace writes tables with hoodie.index.type=BUCKET: use another path");
    const auto [known, is_new] =
        groups_.emplace(std::pair(slice.partition, *bucket), std::move(group));
    if (!is_new)
      return Status::Invalid("bucket ", *bucket, " of partition '", slice.partition, "' of ",
                             storage_->root(), " has two file groups: ", known->second.file_id,
                             " and ", slice.file_id);
  }
  return Status::OK();
}

Status Table::CheckBuckets(int buckets) {
  for (const auto& [place, group] : groups_) {
    if (place.second < buckets) continue;
    return UserError(fmt::format("the Hudi table {} has a bucket {}, so more than the {} buckets "
                                 "that the pipeline says",
                                 storage_->root(), place.second, buckets),
                     "make the sink say the number of buckets that the table was made with");
  }
  if (config_.buckets == 0) RETURN_NOT_OK(CheckBucketsByKeys(buckets));
  config_.buckets = buckets;
  return Status::OK();
}

// A table of another writer doesn't say how many buckets it has, and with a wrong number keys would
// come twice: the keys that are there must lie where they belong.
Status Table::CheckBucketsByKeys(int buckets) {
  ASSIGN_OR_RAISE(const auto slices, FileSlices());
  if (slices.empty()) return Status::OK();
  const int32_t bucket = BucketOfFileId(slices[0].file_id).value();
  const auto key_only = arrow::schema({arrow::field(MetaColumnNames()[kRecordKey], arrow::utf8())});
  ASSIGN_OR_RAISE(const auto reader, OpenSlice(*storage_, slices[0], key_only, ""));
  for (const auto& item : *reader) {
    ASSIGN_OR_RAISE(const auto batch, item);
    const auto& keys = static_cast<const arrow::StringArray&>(*batch->column(0));
    for (int64_t row = 0; row < keys.length(); ++row) {
      const int32_t expected = BucketOf(keys.GetView(row), config_.key, buckets);
      if (expected == bucket) continue;
      return UserError(
          fmt::format("the Hudi table {} has key '{}' in bucket {}; with the {} buckets that the "
                      "pipeline says it belongs into bucket {}",
                      storage_->root(), keys.GetView(row), bucket, buckets, expected),
          "make the sink say the number of buckets that the table was made with");
    }
  }
  return Status::OK();
}

Result<std::unique_ptr<Commit>> Table::Begin(WriteOperation operation) {
  const std::string known = timeline_->LastCompletion();
  RETURN_NOT_OK(Refresh());
  if (has_failed_commit_) {
    RETURN_NOT_OK(RollBackDeadCommits(*storage_, *timeline_, clock_));
    RETURN_NOT_OK(FindFileGroups());
    has_failed_commit_ = false;
  } else if (timeline_->LastCompletion() != known) {
    // Another writer committed between our commits, and may have changed the columns.
    RETURN_NOT_OK(FitSchema());
    RETURN_NOT_OK(FindFileGroups());
  }
  has_failed_commit_ = true;  // until it is complete
  const std::string last_completion = timeline_->LastCompletion();
  const bool is_overwrite = operation == WriteOperation::kOverwritePartitions;
  const char* action = is_overwrite                 ? "replacecommit"
                       : config_.is_copy_on_write() ? "commit"
                                                    : "deltacommit";
  std::string request;
  if (is_overwrite) {
    ASSIGN_OR_RAISE(request, RequestedReplaceMetadata());
  }
  ASSIGN_OR_RAISE(Instant instant, timeline_->Request(action, request, clock_));
  FaultPoint("hudi.after_requested");
  ASSIGN_OR_RAISE(const std::string planned, PlannedCommitMetadata());
  RETURN_NOT_OK(timeline_->MakeInflight(&instant, planned));
  FaultPoint("hudi.after_inflight");
  return std::unique_ptr<Commit>(new Commit(*this, operation, std::move(instant), last_completion));
}

}  // namespace headrace::hudi
