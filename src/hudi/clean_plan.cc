#include "hudi/clean_plan.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "avro/container.h"
#include "hudi/file_group.h"
#include "hudi/savepoint.h"
#include "hudi/service_schemas.h"

namespace headrace::hudi {
namespace {

using Json = nlohmann::json;

constexpr int kPlanVersion = 2;
constexpr char kByCommits[] = "KEEP_LATEST_COMMITS";
constexpr char kByHours[] = "KEEP_LATEST_BY_HOURS";

bool IsSaved(const FileSlice& slice, const std::set<std::string>& saved) {
  return (slice.base.has_value() && saved.contains(slice.base->path)) ||
         std::any_of(slice.logs.begin(), slice.logs.end(),
                     [&](const DataFile& log) { return saved.contains(log.path); });
}

// The slices of a group that go, when commits from time `retain` on must be readable.
std::vector<const FileSlice*> OldSlices(const FileGroup& group, const std::string& retain,
                                        const std::set<std::string>& saved) {
  std::vector<const FileSlice*> old;
  const bool is_gone = group.replaced_at.has_value() && *group.replaced_at < retain;
  bool has_older = is_gone;  // than `retain`: the first of them is what the commit before it reads
  for (size_t i = 0; i < group.slices.size(); ++i) {
    const FileSlice& slice = group.slices[i];
    if (!is_gone && slice.instant >= retain) continue;
    if ((has_older && (i > 0 || is_gone)) && !IsSaved(slice, saved)) old.push_back(&slice);
    has_older = true;
  }
  return old;
}

// Whether a file belongs to nothing on the timeline. `files` must have been listed before the
// timeline was read: whoever writes a file has requested its instant before.
Result<bool> IsOrphan(const DataFile& file, const std::set<std::string>& pending,
                      Timeline& timeline) {
  if (pending.contains(file.name.instant)) return false;
  ASSIGN_OR_RAISE(const auto completion, timeline.CompletionTime(file.name.instant));
  return !completion.has_value();
}

}  // namespace

std::optional<Instant> EarliestToRetain(const std::vector<Instant>& instants,
                                        const Retention& retention,
                                        const std::string& now_less_age) {
  std::vector<Instant> commits;
  std::string first_pending;
  for (const Instant& instant : instants) {
    if (!instant.makes_data()) continue;
    if (instant.state == InstantState::kCompleted) {
      commits.push_back(instant);
    } else if (first_pending.empty()) {
      first_pending = instant.time;
    }
  }
  if (commits.empty()) return std::nullopt;
  size_t earliest = commits.size() - 1;
  if (retention.commits > 0)
    earliest = commits.size() - std::min<size_t>(commits.size(), retention.commits);
  if (retention.age_us > 0) {
    const auto young = std::find_if(commits.begin(), commits.end(), [&](const Instant& commit) {
      return commit.time >= now_less_age;
    });
    const size_t by_age = std::min<size_t>(young - commits.begin(), commits.size() - 1);
    earliest = retention.commits > 0 ? std::min(earliest, by_age) : by_age;
  }
  while (earliest > 0 && !first_pending.empty() && commits[earliest].time > first_pending)
    --earliest;
  return commits[earliest];
}

Result<CleanPlan> MakeCleanPlan(Table& table, const Retention& retention) {
  CleanPlan plan;
  plan.policy = retention.age_us > 0 ? kByHours : kByCommits;
  ASSIGN_OR_RAISE(const auto files, ListDataFiles(table.storage()));
  RETURN_NOT_OK(table.Refresh());
  Timeline& timeline = table.timeline();
  const std::vector<Instant> instants = timeline.instants();
  std::set<std::string> pending;
  for (const Instant& instant : instants) {
    if (instant.state != InstantState::kCompleted) pending.insert(instant.time);
    if (instant.state == InstantState::kCompleted && instant.makes_data())
      plan.last_completed = instant.time;
  }
  const auto earliest = EarliestToRetain(
      instants, retention,
      FormatInstantTime(table.clock().NowMicros() - retention.age_us, table.config().is_utc));
  if (earliest.has_value()) {
    plan.earliest_to_retain = earliest->time;
    ASSIGN_OR_RAISE(const auto saved, SavedFiles(timeline));
    ASSIGN_OR_RAISE(const auto groups, FileGroups(files, timeline));
    for (const FileGroup& group : groups) {
      for (const FileSlice* slice : OldSlices(group, earliest->time, saved)) {
        if (slice->base.has_value())
          plan.files.emplace_back(slice->partition, slice->base->name.ToString());
        for (const DataFile& log : slice->logs)
          plan.files.emplace_back(slice->partition, log.name.ToString());
      }
    }
  }
  for (const DataFile& file : files) {
    ASSIGN_OR_RAISE(const bool is_orphan, IsOrphan(file, pending, timeline));
    if (is_orphan) plan.files.emplace_back(file.partition, file.name.ToString());
  }
  return plan;
}

Result<std::string> EncodeCleanPlan(const CleanPlan& plan, Table& table) {
  Json earliest;
  for (const Instant& instant : table.timeline().instants()) {
    if (instant.time != plan.earliest_to_retain || !instant.makes_data()) continue;
    earliest = {
        {"timestamp", instant.time}, {"action", instant.CompletedAction()}, {"state", "COMPLETED"}};
  }
  Json files = Json::object();
  for (const auto& [partition, name] : plan.files)
    files[partition].push_back(
        {{"filePath", AbsolutePath(PathIn(partition, name), table.storage())},
         {"isBootstrapBaseFile", false}});
  return avro::WriteContainer(kCleanerPlanSchema,
                              {{"earliestInstantToRetain", std::move(earliest)},
                               {"lastCompletedCommitTimestamp", plan.last_completed},
                               {"policy", plan.policy},
                               {"filesToBeDeletedPerPartition", Json::object()},
                               {"version", kPlanVersion},
                               {"filePathsToBeDeletedPerPartition", std::move(files)},
                               {"partitionsToBeDeleted", Json::array()},
                               {"extraMetadata", Json::object()}});
}

Result<CleanPlan> DecodeCleanPlan(std::string_view file) {
  ASSIGN_OR_RAISE(const auto records, avro::ReadContainer(file));
  const auto broken = [] { return Status::Invalid("the clean plan is broken"); };
  if (records.empty() || !records[0].is_object()) return broken();
  const Json& record = records[0];
  CleanPlan plan;
  plan.last_completed = record.value("lastCompletedCommitTimestamp", "");
  plan.policy = record.value("policy", kByCommits);
  const Json earliest = record.value("earliestInstantToRetain", Json());
  if (earliest.is_object()) plan.earliest_to_retain = earliest.value("timestamp", "");
  const Json partitions = record.value("filePathsToBeDeletedPerPartition", Json());
  if (!partitions.is_object()) return plan;
  for (const auto& [partition, files] : partitions.items()) {
    for (const Json& item : files) {
      if (!item.is_object() || !item.contains("filePath") || !item.at("filePath").is_string())
        return broken();
      const std::string path = item.at("filePath").get<std::string>();
      plan.files.emplace_back(partition, path.substr(path.rfind('/') + 1));
    }
  }
  return plan;
}

}  // namespace headrace::hudi
