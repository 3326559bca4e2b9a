#include "cli/state_reports.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "cli/row_table.h"
#include "cli/table_text.h"
#include "format/time_text.h"

namespace headrace::cli {
namespace {

using engine::OperatorEntry;
using engine::OperatorMeasure;
using engine::StateFit;
using engine::StateReader;
using Json = nlohmann::ordered_json;

std::string FitText(StateFit fit) {
  switch (fit) {
    case StateFit::kFits:
      return "fits";
    case StateFit::kNew:
      return "new";
    case StateFit::kChanged:
      return "changed";
    case StateFit::kGone:
      return "gone";
  }
  return "";
}

std::string WhatFollows(const OperatorEntry& entry) {
  const std::string reset =
      "undo the change, or run once with --reset-state: all state is dropped and what the topics "
      "still hold is processed again";
  switch (entry.fit) {
    case StateFit::kFits:
      return "the next run goes on with it";
    case StateFit::kNew:
      return "the next run begins it, with what comes after the last epoch";
    case StateFit::kChanged:
      return "the next run is refused: it was made by another query; " + reset;
    case StateFit::kGone:
      return "the next run is refused: the pipeline file has no such operator; " + reset;
  }
  return "";
}

std::string TimeText(int64_t time_us) {
  std::string text;
  format::WriteTimestamp(time_us, &text);
  return text + "Z";
}

Result<std::optional<OperatorMeasure>> MeasureOf(const StateReader& reader,
                                                 const OperatorEntry& entry) {
  if (entry.fit != StateFit::kFits) return std::optional<OperatorMeasure>();
  ASSIGN_OR_RAISE(auto measure, reader.Measure(entry));
  return std::optional<OperatorMeasure>(std::move(measure));
}

Json OffsetsJson(const StateReader& reader) {
  Json offsets = Json::array();
  for (const auto& [place, offset] : reader.offsets())
    offsets.push_back({{"topic", place.first}, {"partition", place.second}, {"next", offset}});
  return offsets;
}

Json OperatorJson(const OperatorEntry& entry, const std::optional<OperatorMeasure>& measure) {
  Json json = {{"operator", entry.id},        {"relation", entry.relation},
               {"state", FitText(entry.fit)}, {"rows", nullptr},
               {"memory_bytes", nullptr},     {"stored_bytes", entry.stored_bytes},
               {"watermark", nullptr}};
  if (measure.has_value()) {
    json["rows"] = measure->size.rows;
    json["memory_bytes"] = measure->size.bytes;
    if (measure->watermark.has_value()) json["watermark"] = TimeText(*measure->watermark);
  }
  if (entry.node != nullptr) json["does"] = entry.node->plan->Describe();
  if (!entry.difference.empty()) json["difference"] = entry.difference;
  return json;
}

std::string OffsetsText(const StateReader& reader) {
  std::vector<std::string> texts;
  for (const auto& [place, offset] : reader.offsets())
    texts.push_back(
        fmt::format("{} partition {} up to offset {}", place.first, place.second, offset));
  return texts.empty() ? "nothing" : fmt::format("{}", fmt::join(texts, ", "));
}

// The lines of a fingerprint: the operator and all that it is computed from, each once.
std::vector<std::string> FingerprintLines(std::string_view fingerprint) {
  std::vector<std::string> lines;
  while (!fingerprint.empty()) {
    const size_t end = fingerprint.find('\n');
    const std::string line(fingerprint.substr(0, end));
    if (!line.empty() && std::ranges::find(lines, line) == lines.end()) lines.push_back(line);
    if (end == std::string_view::npos) break;
    fingerprint.remove_prefix(end + 1);
  }
  return lines;
}

std::string OperatorText(const OperatorEntry& entry,
                         const std::optional<OperatorMeasure>& measure) {
  std::string text = fmt::format("operator   {}\n", entry.id);
  const auto line = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("{:<11}{}\n", name, value);
  };
  if (entry.node != nullptr) line("does", entry.node->plan->Describe());
  if (measure.has_value()) {
    line("rows", std::to_string(measure->size.rows));
    line("memory", FormatSize(measure->size.bytes) + " in a run, about");
  }
  line("stored", FormatSize(entry.stored_bytes) + " before compression");
  if (measure.has_value() && measure->watermark.has_value())
    line("watermark", TimeText(*measure->watermark));
  line("state", FitText(entry.fit) + ": " + WhatFollows(entry));
  if (!entry.difference.empty()) line("", entry.difference);
  if (entry.node == nullptr) return text;
  line("depends on", "the following; where a line of it changes, this state is not used");
  for (const std::string& one : FingerprintLines(entry.node->fingerprint)) line("", one);
  return text;
}

}  // namespace

Result<std::string> ListState(const StateReader& reader, bool json) {
  Json list = Json::array();
  RowTable table(arrow::schema(
      {arrow::field("operator", arrow::utf8()), arrow::field("state", arrow::utf8()),
       arrow::field("rows", arrow::int64()), arrow::field("memory", arrow::utf8()),
       arrow::field("stored", arrow::utf8()), arrow::field("watermark", arrow::utf8())}));
  std::string notes;
  for (const OperatorEntry& entry : reader.operators()) {
    ASSIGN_OR_RAISE(const auto measure, MeasureOf(reader, entry));
    if (json) {
      list.push_back(OperatorJson(entry, measure));
      continue;
    }
    std::vector<RowTable::Value> row(6);
    row[0] = entry.id;
    row[1] = FitText(entry.fit);
    row[4] = FormatSize(entry.stored_bytes);
    if (measure.has_value()) {
      row[2] = measure->size.rows;
      row[3] = FormatSize(measure->size.bytes);
      if (measure->watermark.has_value()) row[5] = TimeText(*measure->watermark);
    }
    RETURN_NOT_OK(table.Add(row));
    if (entry.fit == StateFit::kChanged || entry.fit == StateFit::kGone) {
      notes += fmt::format("{}: {}\n", entry.id, WhatFollows(entry));
      if (!entry.difference.empty()) notes += "   " + entry.difference + "\n";
    }
  }
  if (json) {
    const Json whole = {{"epoch", reader.completed_epoch()},
                        {"offsets", OffsetsJson(reader)},
                        {"operators", std::move(list)}};
    return whole.dump(2) + "\n";
  }
  ASSIGN_OR_RAISE(const auto rows, table.Finish());
  return fmt::format("epoch    {}\nread     {}\n\n{}{}", reader.completed_epoch(),
                     OffsetsText(reader), RenderTable(*rows, TableForm::kAligned), notes);
}

Result<std::string> ShowState(const StateReader& reader, const std::string& name, bool json) {
  std::vector<std::string> names;
  std::string text;
  Json list = Json::array();
  for (const OperatorEntry& entry : reader.operators()) {
    for (const std::string& one : {entry.relation, entry.id})
      if (std::ranges::find(names, one) == names.end()) names.push_back(one);
    if (entry.id != name && entry.relation != name) continue;
    ASSIGN_OR_RAISE(const auto measure, MeasureOf(reader, entry));
    text += (text.empty() ? "" : "\n") + OperatorText(entry, measure);
    Json one = OperatorJson(entry, measure);
    one["follows"] = WhatFollows(entry);
    if (entry.node != nullptr) one["depends_on"] = FingerprintLines(entry.node->fingerprint);
    list.push_back(std::move(one));
  }
  if (text.empty()) {
    return UserError(fmt::format("nothing named '{}' has a state", name),
                     names.empty() ? "no operator of this pipeline has one"
                                   : HintOfNames("operators and their views", name, names));
  }
  return json ? list.dump(2) + "\n" : text;
}

Result<std::shared_ptr<arrow::Table>> StateRows(const StateReader& reader,
                                                const std::string& relation, int64_t rows_max,
                                                bool* complete) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  int64_t rows = 0;
  *complete = true;
  RETURN_NOT_OK(reader.VisitRows(relation, [&](const ChangeBatch& batch) -> Result<bool> {
    const int64_t wanted = std::min(rows_max - rows, batch->num_rows());
    if (wanted > 0 || batches.empty()) batches.push_back(batch->Slice(0, wanted));
    rows += wanted;
    *complete = wanted == batch->num_rows();
    return *complete;
  }));
  if (batches.empty()) return nullptr;
  return arrow::Table::FromRecordBatches(batches);
}

}  // namespace headrace::cli
