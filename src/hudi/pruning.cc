#include "hudi/pruning.h"

#include <arrow/array/util.h>
#include <arrow/compute/cast.h>

#include <algorithm>
#include <vector>

#include "hudi/bucket.h"
#include "hudi/file_name.h"
#include "hudi/key_values.h"
#include "hudi/record_key.h"

namespace headrace::hudi {
namespace {

using Names = std::vector<std::string>;

bool Contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The record key that the comparisons ask for, where they give every key column one value.
std::optional<std::string> KeyOf(const Predicate& predicate, const TableConfig& config,
                                 const arrow::Schema& schema) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (const std::string& name : config.key) {
    const auto equal = std::find_if(predicate.begin(), predicate.end(), [&](const Comparison& c) {
      return c.column == name && c.op == Comparison::Operator::kEqual;
    });
    const auto field = schema.GetFieldByName(name);
    if (equal == predicate.end() || field == nullptr) return std::nullopt;
    const auto value = arrow::compute::Cast(equal->value, field->type());
    if (!value.ok()) return std::nullopt;
    const auto column = arrow::MakeArrayFromScalar(*value->scalar(), 1);
    if (!column.ok()) return std::nullopt;
    fields.push_back(field);
    columns.push_back(*column);
  }
  const auto batch = arrow::RecordBatch::Make(arrow::schema(fields), 1, columns);
  const auto keys = RecordKeys(*batch, config.key, config.is_key_named);
  if (!keys.ok()) return std::nullopt;
  return (*keys)->GetString(0);
}

}  // namespace

Pruning::Pruning(const Predicate& predicate, const TableConfig& config,
                 std::shared_ptr<arrow::Schema> schema)
    : all_(predicate), config_(config), schema_(std::move(schema)) {
  for (const Comparison& comparison : all_)
    if (Contains(config.key, comparison.column)) key_.push_back(comparison);
  if (config.buckets <= 0 || config.key.empty()) return;
  const auto key = KeyOf(key_, config, *schema_);
  if (key.has_value()) bucket_ = BucketOf(*key, config.key, config.buckets);
}

bool Pruning::CanHold(const FileSlice& slice) const {
  if (bucket_.has_value() && BucketOfFileId(slice.file_id).value_or(*bucket_) != *bucket_)
    return false;
  return CanPartitionHold(slice.partition);
}

bool Pruning::CanPartitionHold(const std::string& partition) const {
  const auto values = PartitionValues(partition, config_);
  if (!values.has_value()) return true;
  for (size_t i = 0; i < values->size(); ++i) {
    const std::string& name = config_.partition_by[i];
    const auto field = schema_->GetFieldByName(name);
    if (field == nullptr || !(*values)[i].has_value()) continue;  // null, or ""
    const auto array = ParseKeyTexts({(*values)[i]}, field->type());
    if (!array.ok()) continue;
    const auto value = (*array)->GetScalar(0);
    for (const Comparison& comparison : all_)
      if (comparison.column == name && value.ok() && !hudi::CanHold(comparison, *value, *value))
        return false;
  }
  return true;
}

}  // namespace headrace::hudi
