#include "cli/table_services.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "hudi/clean.h"
#include "hudi/compaction.h"
#include "hudi/restore.h"
#include "hudi/rollback.h"

namespace headrace::cli {
namespace {

using Json = nlohmann::json;
using hudi::Instant;

// Errors: a user error where an action of which `concerns` is true is in flight.
template <typename Concerns>
Status CheckIdle(hudi::Table& table, const ServiceArguments& arguments, Concerns concerns) {
  if (arguments.stopped) return Status::OK();
  for (const Instant& instant : table.timeline().instants()) {
    if (instant.state == hudi::InstantState::kCompleted || !concerns(instant)) continue;
    return UserError(fmt::format("the {} {} of {} is in flight", instant.action, instant.time,
                                 table.storage().root()),
                     "a pipeline is at work on it, or died: wait for it, or stop the pipeline and "
                     "say --stopped");
  }
  return Status::OK();
}

// Nothing that `concerns` the action may be in flight; what a dead writer left is rolled back.
template <typename Concerns>
Status TakeOver(hudi::Table& table, const ServiceArguments& arguments, Concerns concerns) {
  RETURN_NOT_OK(CheckIdle(table, arguments, concerns));
  if (!arguments.stopped) return Status::OK();
  RETURN_NOT_OK(hudi::RollBackDeadCommits(table.storage(), table.timeline(), table.clock()));
  return hudi::FinishRestores(table);
}

bool IsAny(const Instant&) { return true; }

}  // namespace

Status CompactTable(hudi::Table& table, const ServiceArguments& arguments, bool json) {
  RETURN_NOT_OK(TakeOver(table, arguments, [](const Instant& instant) {
    return instant.action == "compaction" || instant.action == "clustering";
  }));
  ASSIGN_OR_RAISE(const hudi::CompactionResult result,
                  hudi::Compact(table, {.log_files_min = arguments.log_files_min,
                                        .budget = hudi::ServiceBudget(arguments.memory_bytes)}));
  if (json) {
    const Json line = {{"instant", result.instant.empty() ? Json() : Json(result.instant)},
                       {"file_slices", result.slices},
                       {"rows", result.rows},
                       {"bytes_read", result.bytes_read},
                       {"bytes_written", result.bytes_written}};
    fmt::print("{}\n", line.dump());
  } else if (result.slices == 0) {
    fmt::print("nothing to compact: no file slice has {} log files\n", arguments.log_files_min);
  } else {
    fmt::print("compacted {} file slices in {}: {} rows, {} to {}\n", result.slices, result.instant,
               result.rows, FormatSize(result.bytes_read), FormatSize(result.bytes_written));
  }
  return Status::OK();
}

Status CleanTable(hudi::Table& table, const ServiceArguments& arguments, bool json) {
  RETURN_NOT_OK(
      TakeOver(table, arguments, [](const Instant& instant) { return instant.action == "clean"; }));
  ASSIGN_OR_RAISE(const hudi::CleanResult result,
                  hudi::Clean(table, {.retention = {.commits = arguments.commits_retained,
                                                    .age_us = arguments.keep_for_us}}));
  if (json) {
    const Json line = {{"instant", result.instant.empty() ? Json() : Json(result.instant)},
                       {"files", result.files}};
    fmt::print("{}\n", line.dump());
  } else if (result.files == 0) {
    const std::string older =
        arguments.keep_for_us == 0
            ? ""
            : ", or those of the last " + FormatDuration(arguments.keep_for_us) + ",";
    fmt::print("nothing to clean: the newest {} commits{} read every file\n",
               arguments.commits_retained, older);
  } else {
    fmt::print("deleted {} files in {}\n", result.files, result.instant);
  }
  return Status::OK();
}

Status RollBackTable(hudi::Table& table, const ServiceArguments& arguments, bool json) {
  RETURN_NOT_OK(TakeOver(table, arguments, IsAny));
  RETURN_NOT_OK(hudi::RollBack(table, arguments.instant));
  if (json) {
    fmt::print("{}\n", Json{{"rolled_back", arguments.instant}}.dump());
  } else {
    fmt::print("rolled back {}\n", arguments.instant);
  }
  return Status::OK();
}

Status RestoreTable(hudi::Table& table, const ServiceArguments& arguments, bool json) {
  RETURN_NOT_OK(TakeOver(table, arguments, IsAny));
  ASSIGN_OR_RAISE(const hudi::RestoreResult result, hudi::Restore(table, arguments.instant));
  if (json) {
    const Json line = {{"instant", result.instant.empty() ? Json() : Json(result.instant)},
                       {"commits", result.commits},
                       {"files", result.files}};
    fmt::print("{}\n", line.dump());
  } else {
    fmt::print("restored to {}: {} commits undone, {} files deleted\n", arguments.instant,
               result.commits, result.files);
  }
  return Status::OK();
}

}  // namespace headrace::cli
