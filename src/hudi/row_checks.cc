#include "hudi/row_checks.h"

#include <arrow/array/array_binary.h>
#include <fmt/format.h>

#include <algorithm>

#include "hudi/bucket.h"
#include "hudi/record_key.h"
#include "hudi/table_schema.h"

namespace headrace::hudi {
namespace {

constexpr char kRewriteHint[] =
    "the writer of this file is at fault: write its rows again, or roll back its commit";

const arrow::StringArray& MetaColumnOf(const arrow::RecordBatch& batch, MetaColumn column) {
  return static_cast<const arrow::StringArray&>(*batch.column(column));
}

bool AllCanBeKeys(const arrow::Schema& schema, const std::vector<std::string>& names) {
  return !names.empty() && std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    const auto field = schema.GetFieldByName(name);
    return field != nullptr && CanBeKey(*field->type());
  });
}

}  // namespace

void RowChecks::Count(const std::string& what, int64_t row, const std::string& hint) {
  Tally& tally = tallies_[what];
  if (tally.count++ == 0) tally.first_row = row, tally.hint = hint;
}

void RowChecks::CheckMetaColumns(const arrow::RecordBatch& batch) {
  const auto& times = MetaColumnOf(batch, kCommitTime);
  const auto& numbers = MetaColumnOf(batch, kCommitSeqno);
  const auto& partitions = MetaColumnOf(batch, kPartitionPath);
  const auto& names = MetaColumnOf(batch, kFileName);
  const std::string file_name = file_.name.ToString();
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    const std::string_view time = times.GetView(row);
    // A compacted file keeps the times of the commits that wrote its rows.
    const bool is_time_good = file_.name.is_log ? time == file_.name.instant
                                                : IsInstantTime(time) && time <= file_.name.instant;
    if (!is_time_good) Count("has a wrong _hoodie_commit_time", rows_ + row, kRewriteHint);
    if (numbers.IsNull(row)) Count("has no _hoodie_commit_seqno", rows_ + row, kRewriteHint);
    if (partitions.IsNull(row) || partitions.GetView(row) != file_.partition)
      Count("has a _hoodie_partition_path that isn't the file's folder", rows_ + row, kRewriteHint);
    const std::string_view name = names.GetView(row);
    if (name != file_name && !(file_.name.is_log && name == file_.name.file_id))
      Count("has a wrong _hoodie_file_name", rows_ + row, kRewriteHint);
  }
}

void RowChecks::CheckKey(std::string_view key, int64_t row) {
  const auto bucket = BucketOfFileId(file_.name.file_id);
  if (table_->config.buckets == 0 || table_->config.key.empty() || !bucket.has_value()) return;
  if (BucketOf(key, table_->config.key, table_->config.buckets) != *bucket)
    Count(fmt::format("has a key that doesn't belong into bucket {} of {}", *bucket,
                      table_->config.buckets),
          row,
          "upserts of the key go into another bucket, so that it will be there twice: a writer "
          "was told another number of buckets or other key columns; write the table again");
}

Status RowChecks::CheckRecordKeys(const arrow::RecordBatch& batch) {
  const auto& keys = MetaColumnOf(batch, kRecordKey);
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (keys.IsNull(row)) {
      Count("has no record key", rows_ + row, kRewriteHint);
    } else {
      CheckKey(keys.GetView(row), rows_ + row);
    }
  }
  const TableConfig& config = table_->config;
  if (!AllCanBeKeys(*batch.schema(), config.key)) return Status::OK();
  const auto expected = RecordKeys(batch, config.key, config.is_key_named);
  if (!expected.ok()) {
    if (KindOf(expected.status()) != ErrorKind::kUser) return expected.status();
    Count("has a key column that is null or empty", rows_, kRewriteHint);
    return Status::OK();
  }
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (keys.IsNull(row) || keys.GetView(row) == (*expected)->GetView(row)) continue;
    // Releases of Hudi disagree on whether a single key column is named.
    if (config.key.size() == 1 &&
        keys.GetView(row) == config.key[0] + ":" + (*expected)->GetString(row))
      continue;
    Count("has a record key that isn't that of its key columns", rows_ + row, kRewriteHint);
  }
  return Status::OK();
}

void RowChecks::CheckPartitionColumns(const arrow::RecordBatch& batch) {
  const TableConfig& config = table_->config;
  const auto generator = table_->properties.find("hoodie.table.keygenerator.type");
  const bool is_plain = generator == table_->properties.end() || generator->second == "SIMPLE" ||
                        generator->second == "COMPLEX";
  if (!is_plain || !AllCanBeKeys(*batch.schema(), config.partition_by)) return;
  const auto expected = PartitionPaths(batch, config.partition_by, config.is_hive_style);
  if (!expected.ok()) return;  // a value that headrace would not take, encoded by another engine
  for (int64_t row = 0; row < batch.num_rows(); ++row)
    if ((*expected)->GetView(row) != file_.partition)
      Count("has partition columns that aren't those of the file's folder", rows_ + row,
            kRewriteHint);
}

void RowChecks::CheckNulls(const arrow::RecordBatch& batch) {
  for (int i = kMetaColumns; i < batch.num_columns(); ++i) {
    const auto& field = batch.schema()->field(i);
    const arrow::Array& column = *batch.column(i);
    const bool is_ordering = field->name() == table_->config.order_by;
    if ((field->nullable() && !is_ordering) || column.null_count() == 0) continue;
    for (int64_t row = 0; row < column.length(); ++row)
      if (column.IsNull(row))
        Count((is_ordering ? "has a null in the ordering column " : "has a null in the column ") +
                  ("'" + field->name() + "'") + (is_ordering ? "" : ", which is NOT NULL"),
              rows_ + row,
              is_ordering ? "readers cannot order the record: write it again with a value"
                          : "some readers fail at it: write the record again with a value");
  }
}

Status RowChecks::Check(const std::shared_ptr<arrow::RecordBatch>& batch) {
  CheckMetaColumns(*batch);
  RETURN_NOT_OK(CheckRecordKeys(*batch));
  CheckPartitionColumns(*batch);
  CheckNulls(*batch);
  rows_ += batch->num_rows();
  return Status::OK();
}

void RowChecks::Report() {
  for (const auto& [what, tally] : tallies_) {
    const std::string more =
        tally.count > 1 ? fmt::format(", and {} more", tally.count - 1) : std::string();
    table_->Error(file_.path, fmt::format("row {}{}: {}", tally.first_row + 1, more, what),
                  tally.hint);
  }
  tallies_.clear();
}

}  // namespace headrace::hudi
