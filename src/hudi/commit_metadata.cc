#include "hudi/commit_metadata.h"

#include <nlohmann/json.hpp>

#include "avro/container.h"
#include "hudi/schemas.h"

namespace headrace::hudi {
namespace {

using Json = nlohmann::json;

Json ToJson(const std::string& instant_time, const WriteStat& stat) {
  const std::string path =
      stat.partition.empty() ? stat.file_name : stat.partition + "/" + stat.file_name;
  // Of a log file Spark, too, gives the commit's own time.
  const std::string previous = stat.previous.has_value() ? stat.previous->instant
                               : stat.is_log             ? instant_time
                                                         : "null";
  Json json = {{"fileId", stat.file_id},
               {"path", path},
               {"prevCommit", stat.is_new_group ? "null" : previous},
               {"numWrites", stat.rows},
               {"numDeletes", stat.deletes},
               {"numUpdateWrites", stat.updates},
               {"numInserts", stat.inserts},
               {"totalWriteBytes", stat.bytes},
               {"fileSizeInBytes", stat.bytes},
               {"partitionPath", stat.partition}};
  if (stat.previous.has_value()) json["prevBaseFile"] = stat.previous->ToString();
  if (stat.is_log) {
    json["logVersion"] = 1;
    json["logOffset"] = 0;
    json["baseFile"] = "";
    json["logFiles"] = {stat.file_name};
  }
  // Java reads these counters without asking whether they are there.
  for (const char* counter :
       {"totalWriteErrors", "totalLogRecords", "totalUpdatedRecordsCompacted", "totalLogBlocks",
        "totalCorruptLogBlock", "totalRollbackBlocks", "totalLogFilesCompacted",
        "totalLogReadTimeMs", "totalLogSizeCompacted", "numUpdates"}) {
    json[counter] = 0;
  }
  return json;
}

Json Record(Json partitions, const std::string& operation_type, Json extra) {
  return {{"partitionToWriteStats", std::move(partitions)},
          {"compacted", false},
          {"extraMetadata", std::move(extra)},
          {"version", nullptr},
          {"operationType", operation_type}};
}

Json ToJson(const std::string& instant_time, const std::vector<WriteStat>& stats) {
  Json partitions = Json::object();
  for (const WriteStat& stat : stats)
    partitions[stat.partition].push_back(ToJson(instant_time, stat));
  return partitions;
}

}  // namespace

Result<std::string> PlannedCommitMetadata() {
  return avro::WriteContainer(kCommitMetadataSchema,
                              Record(Json::object(), "UPSERT", Json::object()));
}

Result<std::string> RequestedReplaceMetadata() {
  return avro::WriteContainer(kRequestedReplaceMetadataSchema, Json::object());
}

Result<std::string> CommitMetadata(const std::string& instant_time,
                                   const std::vector<WriteStat>& stats,
                                   const std::string& operation_type,
                                   const std::map<std::string, std::string>& extra) {
  return avro::WriteContainer(kCommitMetadataSchema,
                              Record(ToJson(instant_time, stats), operation_type, Json(extra)));
}

Result<std::string> ReplaceCommitMetadata(const std::string& instant_time,
                                          const std::vector<WriteStat>& stats,
                                          const std::string& operation_type,
                                          const ReplacedFileIds& replaced,
                                          const std::map<std::string, std::string>& extra) {
  Json record = Record(ToJson(instant_time, stats), operation_type, Json(extra));
  record["partitionToReplaceFileIds"] = Json(replaced);
  return avro::WriteContainer(ReplaceCommitMetadataSchema(), record);
}

Result<std::vector<std::pair<std::string, std::string>>> ReplacedGroupsOf(std::string_view file) {
  std::vector<std::pair<std::string, std::string>> groups;
  ASSIGN_OR_RAISE(const auto records, avro::ReadContainer(file));
  const auto broken = [] {
    return Status::Invalid("it doesn't say which file groups it replaces");
  };
  if (records.empty() || !records[0].is_object()) return broken();
  const auto partitions = records[0].find("partitionToReplaceFileIds");
  if (partitions == records[0].end()) return broken();
  if (partitions->is_null()) return groups;
  if (!partitions->is_object()) return broken();
  for (const auto& [partition, file_ids] : partitions->items()) {
    if (!file_ids.is_array()) return broken();
    for (const Json& file_id : file_ids) {
      if (!file_id.is_string()) return broken();
      groups.emplace_back(partition, file_id.get<std::string>());
    }
  }
  return groups;
}

Result<std::string> OperationTypeOf(std::string_view file) {
  ASSIGN_OR_RAISE(const auto records, avro::ReadContainer(file));
  if (records.empty() || !records[0].is_object()) return "";
  const Json type = records[0].value("operationType", Json());
  return type.is_string() ? type.get<std::string>() : "";
}

Result<std::map<std::string, std::string>> ExtraMetadataOf(std::string_view file) {
  std::map<std::string, std::string> extra;
  if (file.empty()) return extra;
  ASSIGN_OR_RAISE(const auto records, avro::ReadContainer(file));
  if (records.empty() || !records[0].is_object()) return extra;
  const auto found = records[0].find("extraMetadata");
  if (found == records[0].end() || !found->is_object()) return extra;
  for (const auto& [key, value] : found->items())
    if (value.is_string()) extra[key] = value.get<std::string>();
  return extra;
}

}  // namespace headrace::hudi
