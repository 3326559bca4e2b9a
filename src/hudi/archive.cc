#include "hudi/archive.h"

#include <algorithm>
#include <set>

#include "base/fault.h"
#include "base/logging.h"
#include "hudi/archive_writer.h"
#include "hudi/archived_timeline.h"
#include "hudi/commit_metadata.h"
#include "hudi/file_group.h"

namespace headrace::hudi {
namespace {

// So many at most at once, so that memory is bounded.
constexpr size_t kInstantsMax = 500;

bool IsReplace(const Instant& instant) {
  return instant.action == "replacecommit" || instant.action == "clustering";
}

// The time from which on actions stay because the files of the table need them: the first
// replacecommit whose old files are still there (without it they would count again), and the first
// file of an action that is not on the timeline (before its first instant it would count, too).
Result<std::string> FirstNeededByFiles(Table& table) {
  ASSIGN_OR_RAISE(const auto files, ListDataFiles(table.storage()));
  RETURN_NOT_OK(table.Refresh());
  Timeline& timeline = table.timeline();
  std::set<std::pair<std::string, std::string>> groups;
  std::string first = "9";
  for (const DataFile& file : files) {
    groups.emplace(file.partition, file.name.file_id);
    ASSIGN_OR_RAISE(const auto completion, timeline.CompletionTime(file.name.instant));
    if (!completion.has_value()) first = std::min(first, file.name.instant);
  }
  for (const Instant& instant : timeline.instants()) {
    if (!IsReplace(instant) || instant.state != InstantState::kCompleted) continue;
    ASSIGN_OR_RAISE(const std::string file, timeline.Read(instant, InstantState::kCompleted));
    ASSIGN_OR_RAISE(const auto replaced, ReplacedGroupsOf(file));
    if (std::any_of(replaced.begin(), replaced.end(),
                    [&](const auto& group) { return groups.contains(group); }))
      first = std::min(first, instant.time);
  }
  return first;
}

// The time before which everything may be archived; "" where nothing may.
Result<std::string> Boundary(Table& table, const ArchiveOptions& options) {
  ASSIGN_OR_RAISE(std::string boundary, FirstNeededByFiles(table));
  const std::vector<Instant> instants = table.timeline().instants();
  std::vector<std::string> commits;
  std::string newest_write;
  for (const Instant& instant : instants) {
    if (instant.state != InstantState::kCompleted || instant.action == "savepoint") {
      boundary = std::min(boundary, instant.time);
    } else if (instant.makes_data()) {
      commits.push_back(instant.time);
      if (instant.action != "compaction" && instant.action != "clustering")
        newest_write = instant.time;
    }
  }
  if (static_cast<int64_t>(commits.size()) <= options.commits_max) return "";
  boundary = std::min(boundary, newest_write);
  boundary = std::min(
      boundary,
      commits[commits.size() - std::clamp<size_t>(options.commits_min, 1, commits.size())]);
  const auto earliest =
      EarliestToRetain(instants, options.retention,
                       FormatInstantTime(table.clock().NowMicros() - options.retention.age_us,
                                         table.config().is_utc));
  return earliest.has_value() ? std::min(boundary, earliest->time) : boundary;
}

bool HasPlan(const Instant& instant) {
  return instant.action == "clean" || instant.action == "compaction" || IsReplace(instant);
}

Result<ArchiveEntry> Read(const Instant& instant, const Timeline& timeline) {
  ArchiveEntry archived{instant.time, instant.completion_time, instant.CompletedAction(), "", ""};
  ASSIGN_OR_RAISE(archived.metadata, timeline.Read(instant, InstantState::kCompleted));
  if (!HasPlan(instant)) return archived;
  auto plan = timeline.Read(instant, InstantState::kRequested);
  if (plan.ok()) archived.plan = std::move(*plan);
  // An archival that was cut off may have deleted it.
  if (!plan.ok() && !plan.status().IsKeyError()) return plan.status();
  return archived;
}

}  // namespace

Result<ArchiveResult> Archive(Table& table, ArchiveOptions options) {
  ASSIGN_OR_RAISE(const std::string boundary, Boundary(table, options));
  std::vector<Instant> old;
  for (const Instant& instant : table.timeline().instants())
    if (instant.time < boundary && old.size() < kInstantsMax) old.push_back(instant);
  if (old.empty()) return ArchiveResult{};
  ASSIGN_OR_RAISE(const auto known, ReadArchivedCompletionTimes(table.storage()));
  std::vector<ArchiveEntry> archived;
  for (const Instant& instant : old) {
    // An archival that was cut off may have archived it already.
    if (known.contains(instant.time)) continue;
    RETURN_NOT_OK(options.budget.BetweenFiles());
    ASSIGN_OR_RAISE(ArchiveEntry item, Read(instant, table.timeline()));
    archived.push_back(std::move(item));
  }
  if (!archived.empty()) RETURN_NOT_OK(AppendToArchive(archived, table.storage()));
  FaultPoint("hudi.archive_before_forget");
  RETURN_NOT_OK(table.timeline().Forget(old));
  RETURN_NOT_OK(CompactArchive(options.history_files_max, table.storage()));
  LogInfo("hudi", "archived {} actions of {}, those before {}", old.size(), table.storage().root(),
          boundary);
  return ArchiveResult{static_cast<int64_t>(old.size())};
}

}  // namespace headrace::hudi
