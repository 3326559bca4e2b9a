#include "hudi/restore.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "avro/container.h"
#include "base/fault.h"
#include "base/logging.h"
#include "hudi/file_group.h"
#include "hudi/savepoint.h"
#include "hudi/service_schemas.h"
#include "hudi/undo.h"

namespace headrace::hudi {
namespace {

using Json = nlohmann::json;

Json InfoOf(const Instant& instant) {
  return {{"commitTime", instant.time}, {"action", instant.CompletedAction()}};
}

// Undoes one commit: once its instant is gone, its files count no longer. Returns the metadata of a
// rollback.
Result<Json> Undo(Table& table, const Instant& target, const std::vector<DataFile>& files,
                  int64_t* deleted) {
  for (const Instant& instant : table.timeline().instants())
    if (instant.time == target.time && instant.makes_data())
      RETURN_NOT_OK(table.timeline().Remove(instant));
  FaultPoint("hudi.restore_between_commits");
  ASSIGN_OR_RAISE(const auto gone, DeleteWritten(target.time, files, table.storage()));
  *deleted += static_cast<int64_t>(gone.size());
  return RollbackMetadata(target.time, target, gone, table.storage());
}

Result<RestoreResult> Execute(Table& table, Instant restore) {
  ASSIGN_OR_RAISE(const std::string file, table.timeline().Read(restore, InstantState::kRequested));
  ASSIGN_OR_RAISE(const auto plans, avro::ReadContainer(file));
  const auto broken = [&] { return Status::Invalid("restore ", restore.time, " has no plan"); };
  if (plans.empty() || !plans[0].is_object()) return broken();
  const Json undone = plans[0].value("instantsToRollback", Json());
  if (!undone.is_array()) return broken();
  if (restore.state == InstantState::kRequested)
    RETURN_NOT_OK(table.timeline().MakeInflight(&restore, ""));
  ASSIGN_OR_RAISE(const auto files, ListDataFiles(table.storage()));
  RestoreResult result{restore.time, static_cast<int64_t>(undone.size()), 0};
  Json times = Json::array();
  Json rollbacks = Json::object();
  for (const Json& info : undone) {
    if (!info.is_object()) return broken();
    Instant target;
    target.time = info.value("commitTime", "");
    target.action = info.value("action", "");
    ASSIGN_OR_RAISE(Json rollback, Undo(table, target, files, &result.files));
    times.push_back(target.time);
    rollbacks[target.time] = Json::array({std::move(rollback)});
  }
  ASSIGN_OR_RAISE(
      const std::string metadata,
      avro::WriteContainer(kRestoreMetadataSchema, {{"startRestoreTime", restore.time},
                                                    {"timeTakenInMillis", 0},
                                                    {"instantsToRollback", std::move(times)},
                                                    {"hoodieRestoreMetadata", std::move(rollbacks)},
                                                    {"version", 1},
                                                    {"restoreInstantInfo", undone}}));
  FaultPoint("hudi.restore_before_complete");
  RETURN_NOT_OK(table.timeline().Complete(&restore, metadata, table.clock()));
  LogInfo("hudi", "restored {}: {} commits undone, {} files deleted", table.storage().root(),
          result.commits, result.files);
  return result;
}

// The completed commit of a time, if the table can be restored to it.
Result<Instant> FindTarget(Table& table, const std::string& time) {
  Instant target;
  bool is_saved = false;
  for (const Instant& instant : table.timeline().instants()) {
    if (instant.time != time || instant.state != InstantState::kCompleted) continue;
    if (instant.action == "savepoint") is_saved = true;
    if (instant.makes_data()) target = instant;
  }
  if (target.time.empty())
    return UserError("the Hudi table " + table.storage().root() + " has no commit " + time,
                     "give the time of a completed commit that is not archived");
  ASSIGN_OR_RAISE(const std::string earliest, EarliestRetained(table.timeline()));
  if (!is_saved && time < earliest)
    return UserError("what the commit " + time + " of " + table.storage().root() +
                         " reads may have been cleaned",
                     "restore to a savepoint, or to a commit from " + earliest + " on");
  return target;
}

}  // namespace

Result<RestoreResult> Restore(Table& table, const std::string& instant_time) {
  RETURN_NOT_OK(table.Refresh());
  RETURN_NOT_OK(FinishRestores(table));
  ASSIGN_OR_RAISE(const Instant target, FindTarget(table, instant_time));
  std::vector<Instant> later = table.timeline().instants();
  std::erase_if(later, [&](const Instant& instant) {
    return !instant.makes_data() ||
           (instant.time <= target.time && instant.state == InstantState::kCompleted &&
            instant.completion_time <= target.completion_time);
  });
  std::reverse(later.begin(), later.end());
  Json undone = Json::array();
  for (const Instant& instant : later) undone.push_back(InfoOf(instant));
  ASSIGN_OR_RAISE(
      const std::string plan,
      avro::WriteContainer(kRestorePlanSchema, {{"instantsToRollback", std::move(undone)},
                                                {"version", 2},
                                                {"savepointToRestoreTimestamp", instant_time}}));
  ASSIGN_OR_RAISE(const Instant restore, table.timeline().Request("restore", plan, table.clock()));
  return Execute(table, restore);
}

Status FinishRestores(Table& table) {
  for (const Instant& instant : table.timeline().instants())
    if (instant.action == "restore" && instant.state != InstantState::kCompleted)
      RETURN_NOT_OK(Execute(table, instant).status());
  return Status::OK();
}

}  // namespace headrace::hudi
