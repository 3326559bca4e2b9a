#include "hudi/commit.h"

#include <arrow/array/builder_binary.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/fault.h"
#include "hudi/bucket.h"
#include "hudi/commit_metadata.h"
#include "hudi/conform.h"
#include "hudi/data_block.h"
#include "hudi/delete_block.h"
#include "hudi/parquet_file.h"
#include "hudi/record_key.h"
#include "hudi/table.h"
#include "hudi/table_schema.h"

namespace headrace::hudi {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

// A new file group begins with a base file where so many rows come at once; fewer go to a log file,
// which is written faster.
constexpr int64_t kBaseFileRowsMin = 10'000;

// What goes into one file group.
struct Commit::Group {
  std::string partition;
  int32_t bucket = 0;
  std::vector<BatchPtr> upserts;  // with the columns _hoodie_record_key and the table's own
  std::vector<DeleteRecord> deletes;
  DataFileName name;
  bool is_new = false;
  int64_t rows = 0;
};

namespace {

// Which rows of a batch go into which file group.
struct Split {
  std::shared_ptr<arrow::StringArray> keys;
  std::vector<std::pair<std::string, int32_t>> places;  // partition and bucket
  std::vector<std::vector<int64_t>> rows;               // of each place
};

Result<Split> SplitBatch(const arrow::RecordBatch& batch, const TableConfig& config) {
  Split split;
  ASSIGN_OR_RAISE(split.keys, RecordKeys(batch, config.key, config.is_key_named));
  ASSIGN_OR_RAISE(const auto paths, PartitionPaths(batch, config.partition_by));
  std::unordered_map<std::string_view, size_t> first_place;  // of a partition: one a bucket follows
  std::string_view last_path;
  size_t last_place = 0;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    const std::string_view path = paths->GetView(row);
    if (row == 0 || path != last_path) {
      const auto [found, is_new] = first_place.emplace(path, split.places.size());
      if (is_new) {
        for (int32_t bucket = 0; bucket < config.buckets; ++bucket)
          split.places.emplace_back(std::string(path), bucket);
        split.rows.resize(split.places.size());
      }
      last_path = path;
      last_place = found->second;
    }
    split.rows[last_place + BucketOf(split.keys->GetView(row), config.key, config.buckets)]
        .push_back(row);
  }
  return split;
}

Result<std::shared_ptr<arrow::Array>> Take(const arrow::Datum& values,
                                           const std::vector<int64_t>& rows) {
  const arrow::Int64Array indices(static_cast<int64_t>(rows.size()), arrow::Buffer::Wrap(rows));
  ASSIGN_OR_RAISE(
      const arrow::Datum taken,
      arrow::compute::Take(values, indices, arrow::compute::TakeOptions::NoBoundsCheck()));
  return taken.make_array();
}

Result<BatchPtr> TakeRows(const arrow::RecordBatch& batch,
                          const std::shared_ptr<arrow::Array>& keys,
                          const std::vector<int64_t>& rows) {
  arrow::ArrayVector columns;
  arrow::FieldVector fields = {arrow::field(MetaColumnNames()[kRecordKey], arrow::utf8())};
  ASSIGN_OR_RAISE(auto taken_keys, Take(keys, rows));
  columns.push_back(std::move(taken_keys));
  for (int i = 0; i < batch.num_columns(); ++i) {
    ASSIGN_OR_RAISE(auto column, Take(batch.column(i), rows));
    columns.push_back(std::move(column));
    fields.push_back(batch.schema()->field(i));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)),
                                  static_cast<int64_t>(rows.size()), std::move(columns));
}

Status CheckNulls(const arrow::RecordBatch& batch, const std::string& order_by) {
  for (int i = 0; i < batch.num_columns(); ++i) {
    const auto& field = batch.schema()->field(i);
    if (batch.column(i)->null_count() == 0) continue;
    if (field->name() == order_by)
      return UserError("the ordering column '" + order_by + "' of a record is null",
                       "Hudi cannot order such a record: COALESCE the column to a value");
    if (!field->nullable())
      return UserError("the column '" + field->name() + "' of a record is null",
                       "the table declares it NOT NULL: COALESCE the column to a value");
  }
  return Status::OK();
}

Result<std::shared_ptr<arrow::Array>> Repeat(const std::string& text, int64_t rows) {
  arrow::StringBuilder builder;
  RETURN_NOT_OK(builder.Reserve(rows));
  RETURN_NOT_OK(builder.ReserveData(rows * static_cast<int64_t>(text.size())));
  for (int64_t i = 0; i < rows; ++i) builder.UnsafeAppend(text);
  return builder.Finish();
}

// Puts the meta columns before a batch that begins with its record keys.
Result<BatchPtr> AddMetaColumns(const arrow::RecordBatch& batch, const std::string& instant,
                                const std::string& partition, const std::string& file_name,
                                int32_t bucket, int64_t first_row) {
  const int64_t rows = batch.num_rows();
  arrow::StringBuilder numbers;
  RETURN_NOT_OK(numbers.Reserve(rows));
  std::string number = fmt::format("{}_{}_", instant, bucket);
  const size_t prefix = number.size();
  for (int64_t row = 0; row < rows; ++row) {
    number.resize(prefix);
    fmt::format_to(std::back_inserter(number), "{}", first_row + row);
    RETURN_NOT_OK(numbers.Append(number));
  }
  arrow::ArrayVector columns(kMetaColumns);
  ASSIGN_OR_RAISE(columns[kCommitTime], Repeat(instant, rows));
  ASSIGN_OR_RAISE(columns[kCommitSeqno], numbers.Finish());
  columns[kRecordKey] = batch.column(0);
  ASSIGN_OR_RAISE(columns[kPartitionPath], Repeat(partition, rows));
  ASSIGN_OR_RAISE(columns[kFileName], Repeat(file_name, rows));
  arrow::FieldVector fields;
  for (int i = 1; i < batch.num_columns(); ++i) {
    columns.push_back(batch.column(i));
    fields.push_back(batch.schema()->field(i));
  }
  return arrow::RecordBatch::Make(WithMetaColumns(arrow::Schema(std::move(fields))), rows,
                                  std::move(columns));
}

std::pair<std::string, std::string> KeyRange(const arrow::StringArray& keys) {
  std::string_view least = keys.GetView(0), greatest = least;
  for (int64_t row = 1; row < keys.length(); ++row) {
    least = std::min(least, keys.GetView(row));
    greatest = std::max(greatest, keys.GetView(row));
  }
  return {std::string(least), std::string(greatest)};
}

}  // namespace

Commit::~Commit() = default;

Status Commit::AddRows(const std::vector<BatchPtr>& batches, bool is_delete,
                       std::vector<Group>* groups) {
  const TableConfig& config = table_.config_;
  std::map<std::pair<std::string, int32_t>, size_t> known;
  for (size_t i = 0; i < groups->size(); ++i)
    known[{(*groups)[i].partition, (*groups)[i].bucket}] = i;
  for (const BatchPtr& raw : batches) {
    if (raw->num_rows() == 0) continue;
    ASSIGN_OR_RAISE(const BatchPtr batch, Conform(raw, table_.schema_));
    if (!is_delete) RETURN_NOT_OK(CheckNulls(*batch, config.order_by));
    ASSIGN_OR_RAISE(const Split split, SplitBatch(*batch, config));
    const auto ordering =
        config.order_by.empty() ? nullptr : batch->GetColumnByName(config.order_by);
    for (size_t i = 0; i < split.places.size(); ++i) {
      if (split.rows[i].empty()) continue;
      const auto [found, is_new] = known.emplace(split.places[i], groups->size());
      if (is_new) {
        groups->emplace_back();
        groups->back().partition = split.places[i].first;
        groups->back().bucket = split.places[i].second;
      }
      Group& group = (*groups)[found->second];
      if (is_delete) {
        for (const int64_t row : split.rows[i])
          group.deletes.push_back(
              {split.keys->GetString(row), group.partition,
               ordering == nullptr ? OrderingValue() : OrderingValueAt(*ordering, row)});
      } else {
        ASSIGN_OR_RAISE(auto rows, TakeRows(*batch, split.keys, split.rows[i]));
        group.rows += rows->num_rows();
        group.upserts.push_back(std::move(rows));
      }
    }
  }
  return Status::OK();
}

void Commit::NameFiles(std::vector<Group>* groups) {
  std::sort(groups->begin(), groups->end(), [](const Group& a, const Group& b) {
    return std::tie(a.partition, a.bucket) < std::tie(b.partition, b.bucket);
  });
  for (size_t i = 0; i < groups->size(); ++i) {
    Group& group = (*groups)[i];
    const auto found = table_.file_ids_.find({group.partition, group.bucket});
    group.is_new = found == table_.file_ids_.end();
    group.name.file_id = group.is_new ? MakeFileId(group.bucket) : found->second;
    group.name.instant = instant_.time;
    group.name.write_token = fmt::format("{}-0-0", i);
    group.name.is_log = !group.is_new || !group.deletes.empty() || group.rows < kBaseFileRowsMin;
    group.name.log_version = group.name.is_log ? 1 : 0;
  }
}

// Tells other engines which files to delete should this commit have to be rolled back.
Status Commit::WriteMarkers(const std::vector<Group>& groups) {
  std::string names;
  for (const Group& group : groups) {
    if (!group.partition.empty()) names += group.partition + "/";
    names += group.name.ToString() + ".marker.CREATE\n";
  }
  const std::string folder = ".hoodie/.temp/" + instant_.time + "/";
  RETURN_NOT_OK(table_.storage_->PutIfAbsent(folder + "MARKERS0", names));
  return table_.storage_->PutIfAbsent(folder + "MARKERS.type", "TIMELINE_SERVER_BASED");
}

Status Commit::WritePartitionMetadata(const std::string& partition) {
  const auto depth =
      partition.empty() ? 0 : 1 + std::count(partition.begin(), partition.end(), '/');
  const std::string path =
      (partition.empty() ? "" : partition + "/") + ".hoodie_partition_metadata";
  const Status status = table_.storage_->PutIfAbsent(
      path,
      FormatProperties({{"commitTime", instant_.time}, {"partitionDepth", std::to_string(depth)}},
                       "partition metadata"));
  return status.IsAlreadyExists() ? Status::OK() : status;
}

Result<std::string> Commit::Encode(const Group& group) {
  const TableConfig& config = table_.config_;
  const std::string schema_json = ToAvroSchemaJson(*WithMetaColumns(*table_.schema_), config.name);
  const std::string file_name = group.name.ToString();
  const std::map<LogHeader, std::string> header = {{LogHeader::kInstantTime, instant_.time},
                                                   {LogHeader::kSchema, schema_json}};
  std::string file;
  if (!group.upserts.empty()) {
    ASSIGN_OR_RAISE(const BatchPtr joined, arrow::ConcatenateRecordBatches(group.upserts));
    ASSIGN_OR_RAISE(const BatchPtr batch,
                    AddMetaColumns(*joined, instant_.time, group.partition,
                                   group.name.is_log ? group.name.file_id : file_name, group.bucket,
                                   rows_written_));
    rows_written_ += batch->num_rows();
    if (!group.name.is_log) {
      const auto [least, greatest] =
          KeyRange(static_cast<const arrow::StringArray&>(*batch->column(kRecordKey)));
      return WriteParquet(batch, {{"parquet.avro.schema", schema_json},
                                  {"hoodie_min_record_key", least},
                                  {"hoodie_max_record_key", greatest}});
    }
    const bool is_avro = batch->num_rows() <= kAvroBlockRowsMax;
    ASSIGN_OR_RAISE(const std::string content,
                    is_avro ? EncodeAvroBlock(batch) : WriteParquet(batch, {}));
    AppendLogBlock(is_avro ? LogBlockType::kAvroData : LogBlockType::kParquetData, header, content,
                   &file);
  }
  // Readers want one kind of ordering value a block.
  std::vector<DeleteRecord> ordered, natural;
  for (const DeleteRecord& record : group.deletes)
    (record.ordering.index() == 0 ? natural : ordered).push_back(record);
  if (!ordered.empty()) {
    const auto type = table_.schema_->GetFieldByName(config.order_by)->type();
    AppendLogBlock(LogBlockType::kDelete, header, EncodeDeletes(ordered, type.get()), &file);
  }
  if (!natural.empty())
    AppendLogBlock(LogBlockType::kDelete, header, EncodeDeletes(natural, nullptr), &file);
  return file;
}

Status Commit::Write(const std::vector<BatchPtr>& upserts, const std::vector<BatchPtr>& deletes) {
  std::vector<Group> groups;
  RETURN_NOT_OK(AddRows(upserts, false, &groups));
  RETURN_NOT_OK(AddRows(deletes, true, &groups));
  if (groups.empty()) return Status::OK();
  NameFiles(&groups);
  RETURN_NOT_OK(WriteMarkers(groups));
  for (Group& group : groups) {
    const bool is_first_of_partition =
        group.is_new && table_.file_ids_.lower_bound({group.partition, 0}) ==
                            table_.file_ids_.lower_bound({group.partition + '\0', 0});
    if (is_first_of_partition) RETURN_NOT_OK(WritePartitionMetadata(group.partition));
    ASSIGN_OR_RAISE(const std::string file, Encode(group));
    const std::string name = group.name.ToString();
    RETURN_NOT_OK(table_.storage_->PutIfAbsent(
        group.partition.empty() ? name : group.partition + "/" + name, file));
    FaultPoint("hudi.between_data_files");
    stats_.push_back({group.partition, group.name.file_id, name, group.rows,
                      static_cast<int64_t>(group.deletes.size()), static_cast<int64_t>(file.size()),
                      group.is_new, group.name.is_log});
    table_.file_ids_[{group.partition, group.bucket}] = group.name.file_id;
    group = Group();  // its memory is needed no longer
  }
  return Status::OK();
}

// A second writer isn't kept out, but it doesn't go unnoticed.
Status Commit::CheckAlone() {
  RETURN_NOT_OK(table_.Refresh());
  bool is_there = false;
  for (const Instant& other : table_.timeline_->instants()) {
    is_there = is_there || other.time == instant_.time;
    const bool is_write = other.action == "deltacommit" || other.action == "replacecommit" ||
                          other.action == "rollback";
    if (is_write && !table_.timeline_->IsOwn(other.time) &&
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

Status Commit::Complete(const std::map<std::string, std::string>& extra) {
  RETURN_NOT_OK(CheckAlone());
  std::map<std::string, std::string> all = extra;
  all["schema"] = ToAvroSchemaJson(*table_.schema_, table_.config_.name);
  ASSIGN_OR_RAISE(const std::string metadata, CommitMetadata(instant_.time, stats_, all));
  FaultPoint("hudi.before_complete");
  RETURN_NOT_OK(table_.timeline_->Complete(&instant_, metadata, table_.clock_));
  FaultPoint("hudi.after_complete");
  table_.has_failed_commit_ = false;
  const std::string folder = ".hoodie/.temp/" + instant_.time + "/";
  RETURN_NOT_OK(table_.storage_->Delete(folder + "MARKERS0"));
  return table_.storage_->Delete(folder + "MARKERS.type");
}

}  // namespace headrace::hudi
