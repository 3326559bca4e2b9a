#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/row_table.h"
#include "cli/table_reports.h"
#include "cli/table_text.h"
#include "hudi/action_report.h"
#include "hudi/archived_timeline.h"

namespace headrace::cli {
namespace {

using hudi::Instant;
using hudi::InstantState;
using Value = RowTable::Value;

const char* StateName(const Instant& instant, bool is_archived) {
  if (is_archived) return "archived";
  if (instant.state == InstantState::kRequested) return "requested";
  return instant.state == InstantState::kInflight ? "inflight" : "completed";
}

// The pipeline's epoch, where headrace made the commit.
Value EpochOf(const hudi::ActionReport& report) {
  const auto found = report.extra.find("headrace.checkpoint");
  if (found == report.extra.end()) return {};
  const auto json = nlohmann::json::parse(found->second, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("epoch") || !json.at("epoch").is_number_integer())
    return {};
  return json.at("epoch").get<int64_t>();
}

Status AddInstant(const Instant& instant, const std::string& file, bool is_archived,
                  RowTable* rows) {
  std::vector<Value> row(10);
  row[0] = instant.time;
  row[1] = instant.action;
  row[2] = StateName(instant, is_archived);
  if (instant.state != InstantState::kCompleted) return rows->Add(row);
  row[3] = instant.completion_time;
  row[4] = hudi::MillisBetween(instant.time, instant.completion_time);
  auto report = hudi::ReadActionReport(file);
  if (!report.ok()) return WithContext(instant.action + " " + instant.time, report.status());
  const bool is_commit = !report->written.empty() || !report->operation.empty();
  if (is_commit) {
    row[5] = report->rows_written();
    row[6] = report->rows_deleted();
  }
  row[7] = static_cast<int64_t>(is_commit ? report->written.size() : report->deleted.size());
  if (is_commit) row[8] = report->bytes_written();
  row[9] = EpochOf(*report);
  return rows->Add(row);
}

}  // namespace

Status ShowHistory(hudi::Table& table, bool all, bool json) {
  RowTable rows(arrow::schema(
      {arrow::field("instant", arrow::utf8()), arrow::field("action", arrow::utf8()),
       arrow::field("state", arrow::utf8()), arrow::field("completed", arrow::utf8()),
       arrow::field("duration_ms", arrow::int64()), arrow::field("rows_written", arrow::int64()),
       arrow::field("rows_deleted", arrow::int64()), arrow::field("files", arrow::int64()),
       arrow::field("bytes", arrow::int64()), arrow::field("epoch", arrow::int64())}));
  if (all) {
    ASSIGN_OR_RAISE(const auto archived, hudi::ReadArchivedInstants(table.storage()));
    for (const hudi::ArchivedInstant& old : archived)
      RETURN_NOT_OK(AddInstant(old.instant, old.file, true, &rows));
  }
  for (const Instant& instant : table.timeline().instants()) {
    std::string file;
    if (instant.state == InstantState::kCompleted) {
      ASSIGN_OR_RAISE(file, table.timeline().Read(instant, InstantState::kCompleted));
    }
    RETURN_NOT_OK(AddInstant(instant, file, false, &rows));
  }
  ASSIGN_OR_RAISE(const auto finished, rows.Finish());
  fmt::print("{}", RenderTable(*finished, json ? TableForm::kJsonLines : TableForm::kAligned));
  return Status::OK();
}

}  // namespace headrace::cli
