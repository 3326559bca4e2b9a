#include "hudi/clean.h"

#include <nlohmann/json.hpp>
#include <set>

#include "avro/container.h"
#include "base/fault.h"
#include "base/logging.h"
#include "hudi/file_group.h"
#include "hudi/markers.h"
#include "hudi/service_schemas.h"

namespace headrace::hudi {
namespace {

using Json = nlohmann::json;

Result<std::string> EncodeMetadata(const Instant& instant, const CleanPlan& plan,
                                   int64_t duration_ms) {
  Json partitions = Json::object();
  for (const auto& [partition, name] : plan.files) {
    Json& metadata = partitions[partition];
    metadata["partitionPath"] = partition;
    metadata["policy"] = plan.policy;
    metadata["deletePathPatterns"].push_back(name);
    metadata["successDeleteFiles"].push_back(name);
    metadata["failedDeleteFiles"] = Json::array();
    metadata["isPartitionDeleted"] = false;
  }
  return avro::WriteContainer(kCleanMetadataSchema,
                              {{"startCleanTime", instant.time},
                               {"timeTakenInMillis", duration_ms},
                               {"totalFilesDeleted", plan.files.size()},
                               {"earliestCommitToRetain", plan.earliest_to_retain},
                               {"lastCompletedCommitTimestamp", plan.last_completed},
                               {"partitionMetadata", std::move(partitions)},
                               {"version", 2},
                               {"bootstrapPartitionMetadata", Json::object()},
                               {"extraMetadata", Json::object()}});
}

Status Execute(Table& table, Instant instant, ServiceBudget* budget, CleanResult* result) {
  const int64_t started_us = MonotonicMicros();
  ASSIGN_OR_RAISE(const std::string file, table.timeline().Read(instant, InstantState::kRequested));
  auto plan = DecodeCleanPlan(file);
  if (!plan.ok()) return WithContext("clean " + instant.time, plan.status());
  if (instant.state == InstantState::kRequested)
    RETURN_NOT_OK(table.timeline().MakeInflight(&instant, ""));
  for (const auto& [partition, name] : plan->files) {
    RETURN_NOT_OK(budget->BetweenFiles());
    RETURN_NOT_OK(table.storage().Delete(PathIn(partition, name)));
    FaultPoint("hudi.clean_between_files");
  }
  ASSIGN_OR_RAISE(const std::string metadata,
                  EncodeMetadata(instant, *plan, (MonotonicMicros() - started_us) / 1000));
  FaultPoint("hudi.clean_before_complete");
  RETURN_NOT_OK(table.timeline().Complete(&instant, metadata, table.clock()));
  result->instant = instant.time;
  result->files += static_cast<int64_t>(plan->files.size());
  LogInfo("hudi", "cleaned {}: {} files deleted, commits from {} on are kept",
          table.storage().root(), plan->files.size(), plan->earliest_to_retain);
  return Status::OK();
}

// Markers of actions that are no longer in flight. They are listed before the timeline is read:
// whoever writes some has requested its instant before.
Status DeleteOldMarkers(Table& table) {
  ASSIGN_OR_RAISE(const auto markers, table.storage().List(kMarkersFolder));
  if (markers.empty()) return Status::OK();
  RETURN_NOT_OK(table.Refresh());
  std::set<std::string> pending;
  for (const Instant& instant : table.timeline().instants())
    if (instant.state != InstantState::kCompleted) pending.insert(instant.time);
  for (const storage::ObjectInfo& marker : markers)
    if (!pending.contains(InstantOfMarker(marker.name)))
      RETURN_NOT_OK(table.storage().Delete(marker.name));
  return Status::OK();
}

}  // namespace

Result<CleanResult> Clean(Table& table, CleanOptions options) {
  CleanResult result;
  RETURN_NOT_OK(table.Refresh());
  for (const Instant& instant : table.timeline().instants()) {
    if (instant.action != "clean" || instant.state == InstantState::kCompleted) continue;
    RETURN_NOT_OK(Execute(table, instant, &options.budget, &result));
  }
  RETURN_NOT_OK(DeleteOldMarkers(table));
  ASSIGN_OR_RAISE(const CleanPlan plan, MakeCleanPlan(table, options.retention));
  if (plan.files.empty()) return result;
  ASSIGN_OR_RAISE(const std::string file, EncodeCleanPlan(plan, table));
  ASSIGN_OR_RAISE(const Instant instant, table.timeline().Request("clean", file, table.clock()));
  FaultPoint("hudi.clean_after_plan");
  RETURN_NOT_OK(Execute(table, instant, &options.budget, &result));
  return result;
}

}  // namespace headrace::hudi
