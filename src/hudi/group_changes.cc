#include "hudi/group_changes.h"

#include <arrow/array/array_binary.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "hudi/bucket.h"
#include "hudi/conform.h"
#include "hudi/record_key.h"
#include "hudi/table_schema.h"

namespace headrace::hudi {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

// Which rows of a batch go into which file group.
struct Split {
  std::shared_ptr<arrow::StringArray> keys;
  std::vector<std::pair<std::string, int32_t>> places;  // partition and bucket
  std::vector<std::vector<int64_t>> rows;               // of each place
};

Result<Split> SplitBatch(const arrow::RecordBatch& batch, const TableConfig& config,
                         std::shared_ptr<arrow::StringArray> keys) {
  Split split;
  split.keys = std::move(keys);
  const int32_t buckets = config.key.empty() ? 1 : config.buckets;
  const auto bucket_of = [&](int64_t row) {
    return buckets == 1 ? 0 : BucketOf(split.keys->GetView(row), config.key, buckets);
  };
  ASSIGN_OR_RAISE(const auto paths,
                  PartitionPaths(batch, config.partition_by, config.is_hive_style));
  std::unordered_map<std::string_view, size_t> first_place;  // of a partition: one a bucket follows
  std::string_view last_path;
  size_t last_place = 0;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    const std::string_view path = paths->GetView(row);
    if (row == 0 || path != last_path) {
      const auto [found, is_new] = first_place.emplace(path, split.places.size());
      if (is_new) {
        for (int32_t bucket = 0; bucket < buckets; ++bucket)
          split.places.emplace_back(std::string(path), bucket);
        split.rows.resize(split.places.size());
      }
      last_path = path;
      last_place = found->second;
    }
    split.rows[last_place + bucket_of(row)].push_back(row);
  }
  return split;
}

// `rows` are in ascending order and distinct.
Result<std::shared_ptr<arrow::Array>> TakeValues(const std::shared_ptr<arrow::Array>& values,
                                                 const std::vector<int64_t>& rows) {
  if (static_cast<int64_t>(rows.size()) == values->length()) return values;
  const arrow::Int64Array indices(static_cast<int64_t>(rows.size()), arrow::Buffer::Wrap(rows));
  ASSIGN_OR_RAISE(
      const arrow::Datum taken,
      arrow::compute::Take(values, indices, arrow::compute::TakeOptions::NoBoundsCheck()));
  return taken.make_array();
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

class Splitter {
 public:
  Splitter(const std::shared_ptr<arrow::Schema>& schema, const TableConfig& config,
           const std::string& instant)
      : schema_(schema), config_(config), instant_(instant) {}

  Status Add(const BatchPtr& raw, bool is_delete) {
    if (raw->num_rows() == 0) return Status::OK();
    if (is_delete && config_.key.empty())
      return Status::Invalid("a table without a key has no rows that can be deleted");
    ASSIGN_OR_RAISE(const BatchPtr batch, Conform(raw, schema_));
    if (!is_delete) RETURN_NOT_OK(CheckNulls(*batch, config_.order_by));
    ASSIGN_OR_RAISE(auto keys, KeysOf(*batch));
    ASSIGN_OR_RAISE(Split split, SplitBatch(*batch, config_, std::move(keys)));
    for (size_t i = 0; i < split.places.size(); ++i) {
      if (split.rows[i].empty()) continue;
      GroupChanges& group = groups_[split.places[i]];
      if (is_delete) {
        AddDeletes(*batch, *split.keys, split.places[i].first, split.rows[i], &group);
      } else {
        group.rows += static_cast<int64_t>(split.rows[i].size());
        group.upserts.push_back({batch, split.keys, std::move(split.rows[i])});
      }
    }
    return Status::OK();
  }

  std::vector<GroupChanges> Finish() {
    std::vector<GroupChanges> groups;
    for (auto& [place, group] : groups_) {
      std::tie(group.partition, group.bucket) = place;
      groups.push_back(std::move(group));
    }
    return groups;
  }

 private:
  Result<std::shared_ptr<arrow::StringArray>> KeysOf(const arrow::RecordBatch& batch) {
    if (!config_.key.empty()) return RecordKeys(batch, config_.key, config_.is_key_named);
    const int64_t first_row = rows_;
    rows_ += batch.num_rows();
    return GeneratedKeys(instant_, first_row, batch.num_rows());
  }

  void AddDeletes(const arrow::RecordBatch& batch, const arrow::StringArray& keys,
                  const std::string& partition, const std::vector<int64_t>& rows,
                  GroupChanges* group) {
    const auto ordering =
        config_.order_by.empty() ? nullptr : batch.GetColumnByName(config_.order_by);
    for (const int64_t row : rows)
      group->deletes.push_back(
          {keys.GetString(row), partition,
           ordering == nullptr ? OrderingValue() : OrderingValueAt(*ordering, row)});
  }

  const std::shared_ptr<arrow::Schema>& schema_;
  const TableConfig& config_;
  const std::string& instant_;
  std::map<std::pair<std::string, int32_t>, GroupChanges> groups_;
  int64_t rows_ = 0;
};

}  // namespace

Result<BatchPtr> SelectedRows::Take() const {
  arrow::ArrayVector columns;
  arrow::FieldVector fields = {arrow::field(MetaColumnNames()[kRecordKey], arrow::utf8())};
  ASSIGN_OR_RAISE(auto taken_keys, TakeValues(keys, rows));
  columns.push_back(std::move(taken_keys));
  for (int i = 0; i < batch->num_columns(); ++i) {
    ASSIGN_OR_RAISE(auto column, TakeValues(batch->column(i), rows));
    columns.push_back(std::move(column));
    fields.push_back(batch->schema()->field(i));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)),
                                  static_cast<int64_t>(rows.size()), std::move(columns));
}

Result<std::vector<GroupChanges>> SplitChanges(const std::vector<BatchPtr>& upserts,
                                               const std::vector<BatchPtr>& deletes,
                                               const std::shared_ptr<arrow::Schema>& schema,
                                               const TableConfig& config,
                                               const std::string& instant) {
  Splitter splitter(schema, config, instant);
  for (const BatchPtr& batch : upserts) RETURN_NOT_OK(splitter.Add(batch, false));
  for (const BatchPtr& batch : deletes) RETURN_NOT_OK(splitter.Add(batch, true));
  return splitter.Finish();
}

}  // namespace headrace::hudi
