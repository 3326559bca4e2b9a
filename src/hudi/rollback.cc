#include "hudi/rollback.h"

#include <nlohmann/json.hpp>

#include "avro/container.h"
#include "base/fault.h"
#include "base/logging.h"
#include "hudi/file_group.h"
#include "hudi/schemas.h"
#include "hudi/table.h"
#include "hudi/undo.h"

namespace headrace::hudi {
namespace {

using Json = nlohmann::json;

Result<std::string> MakePlan(const Instant& target, storage::Storage& storage) {
  // A listing sees all that was written; the markers are there for engines that want to do without.
  ASSIGN_OR_RAISE(const auto files, ListDataFiles(storage));
  Json requests = Json::array();
  for (const DataFile& file : files) {
    if (file.name.instant != target.time) continue;
    requests.push_back({{"partitionPath", file.partition},
                        {"fileId", file.name.file_id},
                        {"latestBaseInstant", ""},
                        {"filesToBeDeleted", {AbsolutePath(file.path, storage)}},
                        {"logBlocksToBeDeleted", Json::object()}});
  }
  return avro::WriteContainer(
      kRollbackPlanSchema,
      {{"instantToRollback", {{"commitTime", target.time}, {"action", target.CompletedAction()}}},
       {"RollbackRequests", std::move(requests)},
       {"version", 1}});
}

// Reads which instant a rollback was planned for.
Result<Instant> TargetOf(const Instant& rollback, const Timeline& timeline) {
  ASSIGN_OR_RAISE(const std::string file, timeline.Read(rollback, InstantState::kRequested));
  ASSIGN_OR_RAISE(const auto plans, avro::ReadContainer(file));
  const auto broken = [&] { return Status::Invalid("rollback ", rollback.time, " has no plan"); };
  if (plans.empty() || !plans[0].is_object()) return broken();
  const Json target = plans[0].value("instantToRollback", Json());
  if (!target.is_object() || !target.contains("commitTime") || !target.at("commitTime").is_string())
    return broken();
  Instant instant;
  instant.time = target.at("commitTime").get<std::string>();
  instant.action = "deltacommit";
  if (target.contains("action") && target.at("action").is_string())
    instant.action = target.at("action").get<std::string>();
  return instant;
}

// Removes the action of a time where it has come to `state` at least.
Status RemoveFromTimeline(const std::string& time, InstantState state, Timeline& timeline) {
  for (const Instant& known : timeline.instants())
    if (known.time == time && known.action != "savepoint" && known.state >= state)
      RETURN_NOT_OK(timeline.Remove(known));
  return Status::OK();
}

Status Execute(Instant rollback, const Instant& target, storage::Storage& storage,
               Timeline& timeline, Clock& clock) {
  if (rollback.state == InstantState::kRequested)
    RETURN_NOT_OK(timeline.MakeInflight(&rollback, ""));
  // What is complete stops being so first: from then on its files count no longer.
  RETURN_NOT_OK(RemoveFromTimeline(target.time, InstantState::kCompleted, timeline));
  ASSIGN_OR_RAISE(auto files, ListDataFiles(storage));
  ASSIGN_OR_RAISE(files, DeleteWritten(target.time, std::move(files), storage));
  const Json metadata = RollbackMetadata(rollback.time, target, files, storage);
  ASSIGN_OR_RAISE(const std::string file, avro::WriteContainer(kRollbackMetadataSchema, metadata));
  RETURN_NOT_OK(RemoveFromTimeline(target.time, InstantState::kRequested, timeline));
  RETURN_NOT_OK(timeline.Complete(&rollback, file, clock));
  LogInfo("hudi", "rolled back commit {} of {}: {} files deleted", target.time, storage.root(),
          files.size());
  return Status::OK();
}

}  // namespace

Status RollBackDeadCommits(storage::Storage& storage, Timeline& timeline, Clock& clock) {
  const std::vector<Instant> instants = timeline.instants();
  for (const Instant& rollback : instants) {
    if (rollback.action != "rollback" || rollback.state == InstantState::kCompleted) continue;
    ASSIGN_OR_RAISE(const Instant target, TargetOf(rollback, timeline));
    RETURN_NOT_OK(Execute(rollback, target, storage, timeline, clock));
  }
  const std::vector<Instant> remaining = timeline.instants();
  for (const Instant& target : remaining) {
    if (!target.is_write() || target.state == InstantState::kCompleted) continue;
    ASSIGN_OR_RAISE(const std::string plan, MakePlan(target, storage));
    ASSIGN_OR_RAISE(Instant rollback, timeline.Request("rollback", plan, clock));
    RETURN_NOT_OK(Execute(rollback, target, storage, timeline, clock));
  }
  return Status::OK();
}

Status RollBack(Table& table, const std::string& instant_time) {
  RETURN_NOT_OK(table.Refresh());
  Instant newest;
  for (const Instant& instant : table.timeline().instants())
    if (instant.makes_data() && instant.state == InstantState::kCompleted &&
        instant.completion_time > newest.completion_time)
      newest = instant;
  if (newest.time != instant_time)
    return UserError("the commit " + instant_time + " is not the newest of " +
                         table.storage().root() + ", which is " + newest.time,
                     "roll back the newest first, or restore the table");
  ASSIGN_OR_RAISE(const std::string plan, MakePlan(newest, table.storage()));
  ASSIGN_OR_RAISE(const Instant rollback,
                  table.timeline().Request("rollback", plan, table.clock()));
  return Execute(rollback, newest, table.storage(), table.timeline(), table.clock());
}

}  // namespace headrace::hudi
