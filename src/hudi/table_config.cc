#include "hudi/table_config.h"

#include <zlib.h>

#include <cstdlib>

#include "hudi/table_features.h"

namespace headrace::hudi {
namespace {

constexpr char kPropertiesFile[] = ".hoodie/hoodie.properties";

std::vector<std::string> Split(const std::string& list) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    const std::string part = list.substr(begin, end - begin);
    // A custom key generator says "field:kind".
    if (!part.empty()) parts.push_back(part.substr(0, part.find(':')));
    begin = end + 1;
  }
  return parts;
}

std::string Join(const std::vector<std::string>& parts) {
  std::string list;
  for (const std::string& part : parts) list += (list.empty() ? "" : ",") + part;
  return list;
}

std::string KeyGenerator(const TableConfig& config) {
  if (config.partition_by.empty()) return "NON_PARTITION";
  return config.is_key_named ? "COMPLEX" : "SIMPLE";
}

// Properties that say how records are merged in table version 8, which 9 derives from the mode.
void AddMergeStrategy(bool is_ordered, Properties* properties) {
  const std::string models = "org.apache.hudi.common.model.";
  (*properties)["hoodie.compaction.payload.class"] =
      models + (is_ordered ? "DefaultHoodieRecordPayload" : "OverwriteWithLatestAvroPayload");
  (*properties)["hoodie.record.merge.strategy.id"] =
      is_ordered ? "eeb8d96f-b1e4-49fd-bbf8-28ac514178e5" : "ce9acb64-bde0-424c-9b91-f6ebba25356d";
}

}  // namespace

bool TableConfig::NamesKeys(const std::vector<std::string>& key,
                            const std::vector<std::string>& partition_by) {
  return key.size() > 1 || partition_by.size() > 1;
}

Properties ToProperties(const TableConfig& config) {
  const std::string qualified = "." + config.name;  // the database is empty
  const uint32_t checksum = ::crc32(0, reinterpret_cast<const Bytef*>(qualified.data()),
                                    static_cast<uInt>(qualified.size()));
  Properties properties = {
      {"hoodie.table.name", config.name},
      {"hoodie.table.type", config.type},
      {"hoodie.table.version", std::to_string(config.version)},
      {"hoodie.table.initial.version", std::to_string(config.version)},
      {"hoodie.timeline.layout.version", "2"},
      {"hoodie.timeline.path", "timeline"},
      {"hoodie.timeline.history.path", "history"},
      {"hoodie.archivelog.folder", "history"},
      {"hoodie.table.timeline.timezone", config.is_utc ? "UTC" : "LOCAL"},
      {"hoodie.table.base.file.format", "PARQUET"},
      {"hoodie.table.format", "native"},
      {"hoodie.table.partition.fields", Join(config.partition_by)},
      {"hoodie.record.merge.mode",
       config.order_by.empty() ? "COMMIT_TIME_ORDERING" : "EVENT_TIME_ORDERING"},
      {"hoodie.table.keygenerator.type", KeyGenerator(config)},
      {"hoodie.datasource.write.hive_style_partitioning", config.is_hive_style ? "true" : "false"},
      {"hoodie.datasource.write.partitionpath.urlencode", "false"},
      {"hoodie.datasource.write.drop.partition.columns", "false"},
      {"hoodie.populate.meta.fields", "true"},
      {"hoodie.table.cdc.enabled", "false"},
      {"hoodie.partition.metafile.use.base.format", "false"},
      {"hoodie.table.multiple.base.file.formats.enable", "false"},
      {"hoodie.table.create.schema", config.create_schema},
      {"hoodie.table.checksum", std::to_string(checksum)},
  };
  if (!config.key.empty()) {
    properties["hoodie.table.recordkey.fields"] = Join(config.key);
    // No reader needs these two; they tell the next writer what it must do alike.
    properties["hoodie.index.type"] = "BUCKET";
    properties["hoodie.bucket.index.num.buckets"] = std::to_string(config.buckets);
  }
  if (!config.order_by.empty()) {
    properties["hoodie.table.ordering.fields"] = config.order_by;
    if (config.version == 8) properties["hoodie.table.precombine.field"] = config.order_by;
  }
  if (config.version == 8) AddMergeStrategy(!config.order_by.empty(), &properties);
  return properties;
}

Result<TableConfig> ReadTableConfig(storage::Storage& storage) {
  const Result<std::string> text = storage.Get(kPropertiesFile);
  if (text.status().IsKeyError())
    return UserError("there is no Hudi table at " + storage.root(),
                     "a table's folder holds .hoodie/hoodie.properties");
  RETURN_NOT_OK(text.status());
  const Properties properties = ParseProperties(*text);
  RETURN_NOT_OK(CheckReadable(properties, storage.root()));
  const auto get = [&](const char* key, const char* otherwise = "") {
    const auto found = properties.find(key);
    return found == properties.end() ? std::string(otherwise) : found->second;
  };
  TableConfig config;
  config.name = get("hoodie.table.name");
  config.type = get("hoodie.table.type");
  config.version = std::atoi(get("hoodie.table.version", "0").c_str());
  config.key = Split(get("hoodie.table.recordkey.fields"));
  config.partition_by = Split(get("hoodie.table.partition.fields"));
  config.order_by =
      get("hoodie.table.ordering.fields", get("hoodie.table.precombine.field").c_str());
  config.buckets = std::atoi(get("hoodie.bucket.index.num.buckets", "0").c_str());
  config.is_utc = get("hoodie.table.timeline.timezone", "LOCAL") == "UTC";
  const std::string generator = get("hoodie.table.keygenerator.type");
  config.is_key_named = config.key.size() > 1 || generator.starts_with("COMPLEX");
  config.has_values_as_partitions = generator != "TIMESTAMP" && generator != "CUSTOM";
  config.is_hive_style = get("hoodie.datasource.write.hive_style_partitioning") == "true";
  config.has_metadata_table = !get("hoodie.table.metadata.partitions").empty();
  config.create_schema = get("hoodie.table.create.schema");
  if (get("hoodie.record.merge.mode") == "COMMIT_TIME_ORDERING") config.order_by.clear();
  if (config.order_by.find(',') != std::string::npos)
    return UserError(
        "the Hudi table " + storage.root() + " is ordered by several columns: " + config.order_by,
        "headrace reads tables that are ordered by one column or by none");
  return config;
}

Status CreateTableConfig(const TableConfig& config, storage::Storage& storage) {
  return storage.PutIfAbsent(kPropertiesFile,
                             FormatProperties(ToProperties(config), "made by headrace"));
}

}  // namespace headrace::hudi
