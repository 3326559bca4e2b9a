#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/table_reports.h"
#include "hudi/action_report.h"
#include "hudi/table_distance.h"
#include "sql/type.h"

namespace headrace::cli {
namespace {

using Json = nlohmann::json;
using hudi::Instant;
using hudi::InstantState;

// What the newest slices hold, and what else lies in the table's folders.
struct Size {
  int64_t groups = 0, base_files = 0, log_files = 0, bytes = 0;
  int64_t old_files = 0, old_bytes = 0;  // of older slices, replaced groups, unfinished commits
  int64_t logs_max = 0;                  // of one slice
  hudi::TableDistance distance;
};

Result<Size> Measure(hudi::Table& table, const std::optional<TableTargets>& targets) {
  Size size;
  ASSIGN_OR_RAISE(const auto files, hudi::ListDataFiles(table.storage()));
  ASSIGN_OR_RAISE(const auto slices, hudi::LatestFileSlices(files, table.timeline()));
  for (const hudi::DataFile& file : files) size.old_bytes += file.size;
  for (const hudi::FileSlice& slice : slices) {
    ++size.groups;
    size.base_files += slice.base.has_value() ? 1 : 0;
    size.log_files += static_cast<int64_t>(slice.logs.size());
    size.logs_max = std::max(size.logs_max, static_cast<int64_t>(slice.logs.size()));
    if (slice.base.has_value()) size.bytes += slice.base->size;
    for (const hudi::DataFile& log : slice.logs) size.bytes += log.size;
  }
  size.old_files = static_cast<int64_t>(files.size()) - size.base_files - size.log_files;
  size.old_bytes -= size.bytes;
  size.distance =
      hudi::MeasureDistance(slices, table, targets.has_value() ? targets->file_size_bytes : 0);
  return size;
}

struct Actions {
  std::optional<Instant> last_commit;
  hudi::ActionReport last_report;
  std::vector<Instant> pending;
};

Result<Actions> FindActions(hudi::Timeline& timeline) {
  Actions actions;
  for (const Instant& instant : timeline.instants()) {
    if (instant.state != InstantState::kCompleted) {
      actions.pending.push_back(instant);
    } else if (instant.is_write() &&
               (!actions.last_commit.has_value() ||
                instant.completion_time > actions.last_commit->completion_time)) {
      actions.last_commit = instant;
    }
  }
  if (actions.last_commit.has_value()) {
    ASSIGN_OR_RAISE(const std::string file,
                    timeline.Read(*actions.last_commit, InstantState::kCompleted));
    ASSIGN_OR_RAISE(actions.last_report, hudi::ReadActionReport(file));
  }
  return actions;
}

std::string ListOf(const std::vector<std::string>& names) {
  return names.empty() ? "(none)" : fmt::format("{}", fmt::join(names, ", "));
}

const char* StateName(const Instant& instant) {
  return instant.state == InstantState::kRequested ? "requested" : "inflight";
}

// The targets that concern the kind of table, and how far it is from them.
void PrintDistance(const hudi::TableConfig& config, const hudi::TableDistance& distance,
                   const std::optional<TableTargets>& targets) {
  const auto lag_us = static_cast<int64_t>(distance.freshness_lag_seconds * 1e6);
  if (distance.log_bytes > 0 || config.type == "MERGE_ON_READ") {
    const std::string lag = distance.log_bytes == 0 ? "base files hold every change"
                                                    : "the oldest change outside base files is " +
                                                          FormatDuration(lag_us) + " old";
    if (!targets.has_value() || targets->freshness_us == 0) {
      fmt::print("freshness  {}\n", lag);
    } else {
      fmt::print("freshness  {}, {} declared: {}\n", lag, FormatDuration(targets->freshness_us),
                 lag_us <= targets->freshness_us
                     ? std::string("met")
                     : FormatDuration(lag_us - targets->freshness_us) + " behind");
    }
  }
  if (config.key.empty() && targets.has_value() && targets->file_size_bytes > 0)
    fmt::print("file size  {} declared: {} of {} base files have less than half of it, {} in all\n",
               FormatSize(targets->file_size_bytes), distance.small_files, distance.base_files,
               FormatSize(distance.small_bytes));
}

void Print(hudi::Table& table, const Size& size, const std::optional<TableTargets>& targets,
           const Actions& actions) {
  const hudi::TableConfig& config = table.config();
  fmt::print("table      {} in {}\n", config.name, table.storage().root());
  fmt::print("type       {}, version {}\n", config.type, config.version);
  fmt::print("key        {}\n", ListOf(config.key));
  fmt::print("partition  {}{}\n", ListOf(config.partition_by),
             config.is_hive_style && !config.partition_by.empty() ? ", in Hive's style" : "");
  fmt::print("order by   {}\n", config.order_by.empty() ? "(the later commit)" : config.order_by);
  fmt::print("buckets    {}\n",
             config.buckets > 0 ? std::to_string(config.buckets) : std::string("(not said)"));
  for (const auto& field : table.schema()->fields())
    fmt::print("column     {} {}{}\n", field->name(), sql::TypeName(*field->type()),
               field->nullable() ? "" : " NOT NULL");
  fmt::print("files      {} in {} file groups: {} base and {} log files, up to {} logs a group\n",
             FormatSize(size.bytes), size.groups, size.base_files, size.log_files, size.logs_max);
  PrintDistance(config, size.distance, targets);
  fmt::print("older      {} in {} files\n", FormatSize(size.old_bytes), size.old_files);
  if (actions.last_commit.has_value())
    fmt::print("last       {} {}, {} rows written, {} deleted, {}\n", actions.last_commit->action,
               actions.last_commit->completion_time, actions.last_report.rows_written(),
               actions.last_report.rows_deleted(), FormatSize(actions.last_report.bytes_written()));
  for (const Instant& instant : actions.pending)
    fmt::print("pending    {} {}, {}\n", instant.action, instant.time, StateName(instant));
}

Json TargetsJson(const hudi::TableDistance& distance, const std::optional<TableTargets>& targets) {
  if (!targets.has_value()) return nullptr;
  return {{"freshness_seconds", static_cast<double>(targets->freshness_us) / 1e6},
          {"file_size", targets->file_size_bytes},
          {"compact_after", targets->compact_after},
          {"small_files", distance.small_files},
          {"small_file_bytes", distance.small_bytes}};
}

void PrintJson(hudi::Table& table, const Size& size, const std::optional<TableTargets>& targets,
               const Actions& actions) {
  const hudi::TableConfig& config = table.config();
  Json columns = Json::array(), pending = Json::array(), last;
  for (const auto& field : table.schema()->fields())
    columns.push_back({{"name", field->name()},
                       {"type", sql::TypeName(*field->type())},
                       {"nullable", field->nullable()}});
  for (const Instant& instant : actions.pending)
    pending.push_back(
        {{"instant", instant.time}, {"action", instant.action}, {"state", StateName(instant)}});
  if (actions.last_commit.has_value())
    last = {{"instant", actions.last_commit->time},
            {"action", actions.last_commit->action},
            {"completed", actions.last_commit->completion_time},
            {"rows_written", actions.last_report.rows_written()},
            {"rows_deleted", actions.last_report.rows_deleted()},
            {"bytes", actions.last_report.bytes_written()}};
  const Json json = {{"table", config.name},
                     {"path", table.storage().root()},
                     {"type", config.type},
                     {"version", config.version},
                     {"key", config.key},
                     {"partition_by", config.partition_by},
                     {"hive_style", config.is_hive_style},
                     {"order_by", config.order_by.empty() ? Json() : Json(config.order_by)},
                     {"buckets", config.buckets > 0 ? Json(config.buckets) : Json()},
                     {"columns", std::move(columns)},
                     {"file_groups", size.groups},
                     {"base_files", size.base_files},
                     {"log_files", size.log_files},
                     {"logs_a_group_max", size.logs_max},
                     {"bytes", size.bytes},
                     {"freshness_lag_seconds", size.distance.freshness_lag_seconds},
                     {"log_bytes", size.distance.log_bytes},
                     {"targets", TargetsJson(size.distance, targets)},
                     {"older_files", size.old_files},
                     {"older_bytes", size.old_bytes},
                     {"last_commit", std::move(last)},
                     {"pending", std::move(pending)}};
  fmt::print("{}\n", json.dump());
}

}  // namespace

Status ShowTable(hudi::Table& table, const std::optional<TableTargets>& targets, bool json) {
  ASSIGN_OR_RAISE(const Size size, Measure(table, targets));
  ASSIGN_OR_RAISE(const Actions actions, FindActions(table.timeline()));
  json ? PrintJson(table, size, targets, actions) : Print(table, size, targets, actions);
  return Status::OK();
}

}  // namespace headrace::cli
