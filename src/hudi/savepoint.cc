#include "hudi/savepoint.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "avro/container.h"
#include "base/logging.h"
#include "hudi/clean_plan.h"
#include "hudi/service_schemas.h"

namespace headrace::hudi {
namespace {

using Json = nlohmann::json;

bool IsSavepoint(const Instant& instant) { return instant.action == "savepoint"; }

Result<std::string> EncodeMetadata(const std::vector<FileSlice>& slices, const std::string& user,
                                   const std::string& comment, int64_t now_us) {
  Json partitions = Json::object();
  for (const FileSlice& slice : slices) {
    Json& partition = partitions[slice.partition];
    partition["partitionPath"] = slice.partition;
    Json& files = partition["savepointDataFile"];
    if (slice.base.has_value()) files.push_back(slice.base->name.ToString());
    for (const DataFile& log : slice.logs) files.push_back(log.name.ToString());
  }
  return avro::WriteContainer(kSavepointMetadataSchema,
                              {{"savepointedBy", user},
                               {"savepointedAt", now_us / 1000},
                               {"comments", comment},
                               {"partitionMetadata", std::move(partitions)},
                               {"version", 1}});
}

}  // namespace

Status CreateSavepoint(Table& table, const std::string& instant_time, const std::string& user,
                       const std::string& comment) {
  RETURN_NOT_OK(table.Refresh());
  Timeline& timeline = table.timeline();
  Instant saved;
  bool is_pending = false;
  for (const Instant& instant : timeline.instants()) {
    if (instant.time != instant_time) continue;
    if (IsSavepoint(instant)) {
      if (instant.state == InstantState::kCompleted)
        return UserError("the commit " + instant_time + " of " + table.storage().root() +
                         " is saved already");
      is_pending = true;
    } else if (instant.makes_data() && instant.state == InstantState::kCompleted) {
      saved = instant;
    }
  }
  if (saved.time.empty())
    return UserError("the Hudi table " + table.storage().root() + " has no commit " + instant_time,
                     "give the time of a completed commit that is not archived");
  ASSIGN_OR_RAISE(const std::string earliest, EarliestRetained(timeline));
  if (instant_time < earliest)
    return UserError("what the commit " + instant_time + " of " + table.storage().root() +
                         " reads may have been cleaned",
                     "save a commit from " + earliest + " on");
  ASSIGN_OR_RAISE(const auto slices, table.FileSlices(saved.completion_time));
  ASSIGN_OR_RAISE(const std::string metadata,
                  EncodeMetadata(slices, user, comment, table.clock().NowMicros()));
  Instant savepoint;
  savepoint.time = instant_time;
  savepoint.action = "savepoint";
  if (is_pending) {
    savepoint.state = InstantState::kInflight;
  } else {
    RETURN_NOT_OK(timeline.MakeInflight(&savepoint, ""));
  }
  return timeline.Complete(&savepoint, metadata, table.clock());
}

Status DeleteSavepoint(Table& table, const std::string& instant_time) {
  RETURN_NOT_OK(table.Refresh());
  for (const Instant& instant : table.timeline().instants())
    if (IsSavepoint(instant) && instant.time == instant_time)
      return table.timeline().Remove(instant);
  return UserError("the Hudi table " + table.storage().root() + " has no savepoint " +
                   instant_time);
}

Result<std::set<std::string>> SavedFiles(const Timeline& timeline) {
  std::set<std::string> paths;
  for (const Instant& instant : timeline.instants()) {
    if (!IsSavepoint(instant) || instant.state != InstantState::kCompleted) continue;
    ASSIGN_OR_RAISE(const std::string file, timeline.Read(instant, InstantState::kCompleted));
    ASSIGN_OR_RAISE(const auto records, avro::ReadContainer(file));
    const auto broken = [&] { return Status::Invalid("savepoint ", instant.time, " is broken"); };
    if (records.empty() || !records[0].is_object()) return broken();
    const Json partitions = records[0].value("partitionMetadata", Json::object());
    for (const auto& [partition, metadata] : partitions.items()) {
      if (!metadata.is_object()) return broken();
      const Json names = metadata.value("savepointDataFile", Json::array());
      for (const Json& name : names) {
        if (!name.is_string()) return broken();
        paths.insert(PathIn(partition, name.get<std::string>()));
      }
    }
  }
  return paths;
}

Result<std::string> EarliestRetained(const Timeline& timeline) {
  std::string earliest;
  for (const Instant& instant : timeline.instants()) {
    if (instant.action != "clean") continue;
    ASSIGN_OR_RAISE(const std::string file, timeline.Read(instant, InstantState::kRequested));
    ASSIGN_OR_RAISE(const CleanPlan plan, DecodeCleanPlan(file));
    earliest = std::max(earliest, plan.earliest_to_retain);
  }
  return earliest;
}

}  // namespace headrace::hudi
