#include "hudi/key_values.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/util.h>
#include <arrow/compute/cast.h>
#include <arrow/datum.h>

#include <algorithm>
#include <map>

namespace headrace::hudi {
namespace {

using Texts = std::vector<std::optional<std::string>>;

constexpr char kDefaultPartition[] = "__HIVE_DEFAULT_PARTITION__";

}  // namespace

std::optional<Texts> PartitionValues(const std::string& partition, const TableConfig& config) {
  if (!config.has_values_as_partitions) return std::nullopt;
  Texts values;
  if (config.partition_by.empty()) return values;
  for (size_t begin = 0; begin <= partition.size();) {
    const size_t end = std::min(partition.find('/', begin), partition.size());
    values.push_back(partition.substr(begin, end - begin));
    begin = end + 1;
  }
  if (values.size() != config.partition_by.size()) return std::nullopt;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string name = config.partition_by[i] + "=";
    if (config.is_hive_style && values[i]->starts_with(name)) values[i]->erase(0, name.size());
    if (values[i]->find('%') != std::string::npos) return std::nullopt;  // encoded, or not
    if (*values[i] == kDefaultPartition) values[i] = std::nullopt;
  }
  return values;
}

Result<Texts> KeyValues(const std::string& key, const TableConfig& config) {
  if (!config.is_key_named) return Texts{key};
  Texts values;
  size_t begin = 0;
  for (size_t i = 0; i < config.key.size(); ++i) {
    const std::string name = config.key[i] + ":";
    if (key.compare(begin, name.size(), name) != 0)
      return Status::Invalid("the record key '", key, "' doesn't name the column ", config.key[i]);
    begin += name.size();
    const size_t end =
        i + 1 < config.key.size() ? key.find("," + config.key[i + 1] + ":", begin) : key.size();
    if (end == std::string::npos)
      return Status::Invalid("the record key '", key, "' doesn't name the column ",
                             config.key[i + 1]);
    const std::string value = key.substr(begin, end - begin);
    values.push_back(value == "__null__"    ? std::nullopt
                     : value == "__empty__" ? std::optional<std::string>("")
                                            : value);
    begin = end + 1;
  }
  return values;
}

Result<std::shared_ptr<arrow::Array>> ParseKeyTexts(const Texts& texts,
                                                    const std::shared_ptr<arrow::DataType>& type) {
  arrow::StringBuilder builder;
  for (const auto& text : texts)
    RETURN_NOT_OK(text.has_value() ? builder.Append(*text) : builder.AppendNull());
  ASSIGN_OR_RAISE(std::shared_ptr<arrow::Array> array, builder.Finish());
  arrow::Datum value(array);
  if (type->id() == arrow::Type::TIMESTAMP) {  // as microseconds
    ASSIGN_OR_RAISE(value, arrow::compute::Cast(value, arrow::int64()));
  }
  ASSIGN_OR_RAISE(value, arrow::compute::Cast(value, type));
  return value.make_array();
}

Result<std::shared_ptr<arrow::RecordBatch>> RowsOfIds(
    const std::vector<RecordId>& ids, const TableConfig& config,
    const std::shared_ptr<arrow::Schema>& schema) {
  std::map<std::string, Texts> columns;
  for (const RecordId& id : ids) {
    const auto partition = PartitionValues(id.partition, config);
    for (size_t i = 0; i < config.partition_by.size(); ++i)
      columns[config.partition_by[i]].push_back(partition ? (*partition)[i] : std::nullopt);
  }
  for (const std::string& name : config.key) columns[name].clear();  // the key tells it better
  for (const RecordId& id : ids) {
    ASSIGN_OR_RAISE(const Texts key, KeyValues(id.key, config));
    for (size_t i = 0; i < config.key.size(); ++i) columns[config.key[i]].push_back(key[i]);
  }
  const auto rows = static_cast<int64_t>(ids.size());
  arrow::ArrayVector arrays;
  for (const auto& field : schema->fields()) {
    const auto found = columns.find(field->name());
    std::shared_ptr<arrow::Array> array;
    if (found == columns.end()) {
      ASSIGN_OR_RAISE(array, arrow::MakeArrayOfNull(field->type(), rows));
    } else {
      ASSIGN_OR_RAISE(array, ParseKeyTexts(found->second, field->type()));
    }
    arrays.push_back(std::move(array));
  }
  return arrow::RecordBatch::Make(schema, rows, std::move(arrays));
}

}  // namespace headrace::hudi
