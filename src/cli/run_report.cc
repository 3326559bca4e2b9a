#include "cli/run_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace headrace::cli {
namespace {

// 1234567 as "1,234,567".
std::string Grouped(int64_t number) {
  const std::string digits = fmt::format("{}", number);
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && digits[i - 1] != '-' && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

double Seconds(const RunReport& report) { return static_cast<double>(report.elapsed_us) / 1e6; }

double RecordsPerSecond(const RunReport& report) {
  return report.elapsed_us == 0 ? 0
                                : static_cast<double>(report.records_processed) / Seconds(report);
}

// "the connector headrace.shop.orders, tasks: 1 running, 0 restarts"
std::string ConnectorText(const connect::State& connector) {
  std::string text = fmt::format("the connector {}, tasks:", connector.name);
  for (const auto& [state, count] : connector.tasks) text += fmt::format(" {} {},", count, state);
  return fmt::format("{} {} restarts", connector.tasks.empty() ? text + " none," : text,
                     connector.restarts) +
         (connector.failure.empty() ? "" : "; " + connector.failure);
}

}  // namespace

std::string ProgressLine(const RunReport& report) {
  int64_t rows = 0;
  for (const auto& [name, totals] : report.sinks) rows += totals.upserts + totals.deletes;
  return fmt::format(
      "polled {} · kept {} · processed {} · epoch {} · {} rows into {} sinks · {:.1f} s",
      Grouped(report.records_polled), Grouped(report.records_kept),
      Grouped(report.records_processed), report.epochs, Grouped(rows), report.sinks.size(),
      Seconds(report));
}

std::string ReportText(const std::string& pipeline, const RunReport& report) {
  std::string out =
      fmt::format("{}: {} epochs in {:.2f} s\n", pipeline, report.epochs, Seconds(report));
  const auto line = [&](std::string_view name, int64_t value, std::string_view note) {
    out += fmt::format("  {:<22}{:>12}  {}\n", name, Grouped(value), note);
  };
  line("records polled", report.records_polled, "as the sources answered, repeats included");
  line("records kept", report.records_kept, "new or changed, appended to the log");
  line("records processed", report.records_processed,
       fmt::format("{:.0f} records/s", RecordsPerSecond(report)));
  line("records late", report.records_late, "behind the watermark of their window");
  line("records quarantined", report.records_quarantined, "they didn't fit; kept with the reason");
  for (const auto& [name, totals] : report.sinks) {
    line(name, totals.upserts,
         fmt::format("rows upserted, {} deleted, in {} commits", Grouped(totals.deletes),
                     Grouped(totals.commits)));
  }
  for (const auto& [name, connector] : report.connectors) {
    out += fmt::format("  {:<22}{:>12}  {}\n", name, connector.state, ConnectorText(connector));
  }
  return out;
}

std::string ReportJson(const std::string& pipeline, const RunReport& report) {
  nlohmann::ordered_json json = {
      {"pipeline", pipeline},
      {"epochs", report.epochs},
      {"elapsed_seconds", Seconds(report)},
      {"records_polled", report.records_polled},
      {"records_kept", report.records_kept},
      {"records_processed", report.records_processed},
      {"records_late", report.records_late},
      {"records_quarantined", report.records_quarantined},
      {"records_per_second", RecordsPerSecond(report)},
      {"sinks", nlohmann::ordered_json::object()},
      {"connectors", nlohmann::ordered_json::object()},
  };
  for (const auto& [name, totals] : report.sinks) {
    json["sinks"][name] = {{"upserts", totals.upserts},
                           {"deletes", totals.deletes},
                           {"commits", totals.commits},
                           {"quarantined", totals.quarantined}};
  }
  for (const auto& [name, connector] : report.connectors) {
    json["connectors"][name] = {{"name", connector.name},
                                {"state", connector.state},
                                {"tasks", connector.tasks},
                                {"restarts", connector.restarts}};
    if (!connector.failure.empty()) json["connectors"][name]["failure"] = connector.failure;
  }
  return json.dump() + "\n";
}

}  // namespace headrace::cli
