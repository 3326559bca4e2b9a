#include "hudi/compaction_plan.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "avro/container.h"
#include "hudi/service_schemas.h"

namespace headrace::hudi {
namespace {

using Json = nlohmann::json;

constexpr int kPlanVersion = 2;

Json LogNames(const FileSlice& slice) {
  Json names = Json::array();
  for (const DataFile& log : slice.logs) names.push_back(log.name.ToString());
  return names;
}

Json ToOperation(const FileSlice& slice) {
  constexpr double kMebibyte = 1 << 20;
  const double log_bytes = static_cast<double>(slice.log_bytes());
  const double base_bytes = slice.base.has_value() ? static_cast<double>(slice.base->size) : 0;
  const double read_mb = (log_bytes + base_bytes) / kMebibyte;
  const double write_mb = std::max(log_bytes, base_bytes) / kMebibyte;
  Json operation = {{"baseInstantTime", slice.instant},
                    {"deltaFilePaths", LogNames(slice)},
                    {"dataFilePath", nullptr},
                    {"fileId", slice.file_id},
                    {"partitionPath", slice.partition},
                    {"metrics",
                     {{"TOTAL_LOG_FILES", static_cast<double>(slice.logs.size())},
                      {"TOTAL_LOG_FILES_SIZE", log_bytes},
                      {"TOTAL_IO_READ_MB", read_mb},
                      {"TOTAL_IO_WRITE_MB", write_mb},
                      {"TOTAL_IO_MB", read_mb + write_mb}}},
                    {"bootstrapFilePath", nullptr}};
  if (slice.base.has_value()) operation["dataFilePath"] = slice.base->name.ToString();
  return operation;
}

Json Sorted(Json names) {
  if (names.is_array()) std::sort(names.begin(), names.end());
  return names;
}

bool Fits(const Json& operation, const FileSlice& slice) {
  const Json base = operation.value("dataFilePath", Json());
  const bool same_base =
      slice.base.has_value() ? base == slice.base->name.ToString() : base.is_null() || base == "";
  return same_base && Sorted(operation.value("deltaFilePaths", Json())) == Sorted(LogNames(slice));
}

}  // namespace

Result<std::string> EncodeCompactionPlan(const std::vector<FileSlice>& slices) {
  Json operations = Json::array();
  for (const FileSlice& slice : slices) operations.push_back(ToOperation(slice));
  return avro::WriteContainer(kCompactionPlanSchema,
                              {{"operations", std::move(operations)},
                               {"extraMetadata", Json::object()},
                               {"version", kPlanVersion},
                               {"strategy", nullptr},
                               {"preserveHoodieMetadata", false},
                               {"missingSchedulePartitions", Json::array()}});
}

Result<std::vector<FileSlice>> PlannedSlices(std::string_view plan, std::vector<FileSlice> slices) {
  ASSIGN_OR_RAISE(const auto records, avro::ReadContainer(plan));
  if (records.empty() || !records[0].is_object()) return Status::Invalid("the plan is empty");
  const Json operations = records[0].value("operations", Json());
  std::map<std::pair<Json, Json>, FileSlice*> known;
  for (FileSlice& slice : slices) known[{slice.partition, slice.file_id}] = &slice;
  std::vector<FileSlice> planned;
  for (const Json& operation : operations) {
    if (!operation.is_object()) return Status::Invalid("the plan is broken");
    const auto found =
        known.find({operation.value("partitionPath", Json()), operation.value("fileId", Json())});
    if (found == known.end() || !Fits(operation, *found->second))
      return Status::Invalid("the plan's files of group ", operation.value("fileId", Json()).dump(),
                             " are not those that the table has");
    planned.push_back(std::move(*found->second));
  }
  return planned;
}

}  // namespace headrace::hudi
