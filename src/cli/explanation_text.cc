#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "cli/explanation.h"

namespace headrace::cli {
namespace {

using Details = std::vector<std::pair<std::string, std::string>>;

std::string Join(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

// "label   text" with all texts in one column; `before` opens each line.
void AppendAligned(const Details& details, const std::string& before, std::string& out) {
  size_t width = 0;
  for (const auto& [label, text] : details) width = std::max(width, label.size());
  for (const auto& [label, text] : details)
    out += fmt::format("{}{:<{}}  {}\n", before, label, width, text);
}

// `first` opens the line of the operator, `rest` the lines below it.
void AppendOperator(const ExplainedOperator& node, const std::string& first,
                    const std::string& rest, std::string& out) {
  out += fmt::format("{}{}{}{}\n", first, node.name, node.what.empty() ? "" : " ", node.what);
  AppendAligned(node.details, rest + (node.inputs.empty() ? "     " : "│    "), out);
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const bool last = i + 1 == node.inputs.size();
    AppendOperator(node.inputs[i], rest + (last ? "└─ " : "├─ "), rest + (last ? "   " : "│  "),
                   out);
  }
}

void AppendColumns(const std::vector<ExplainedColumn>& columns, std::string& out) {
  size_t name_width = 0;
  size_t type_width = 0;
  for (const ExplainedColumn& column : columns) {
    name_width = std::max(name_width, column.name.size());
    type_width = std::max(type_width, column.type.size());
  }
  for (const ExplainedColumn& column : columns) {
    std::string origin = column.from.empty() ? "no column" : Join(column.from);
    if (column.from != column.sources && !column.sources.empty())
      origin += " ← " + Join(column.sources);
    out += fmt::format("    {:<{}}  {:<{}}  ← {}\n", column.name, name_width, column.type,
                       type_width, origin);
  }
}

std::string RowsText(const pipeline::RelationTraits& traits) {
  return traits.retracts ? "updating: a row may change or disappear later"
                         : "append-only: a row stays as it is";
}

void AppendSource(const ExplainedSource& source, std::string& out) {
  out += fmt::format("\nsource {} ({}: {})\n", source.name, source.connector, source.what);
  Details details = {{"rows", RowsText(source.traits)}};
  if (!source.key.empty()) {
    details.emplace_back(
        "key", Join(source.key) + (source.order_by.empty()
                                       ? ", the newest is what arrived last"
                                       : ", the newest has the largest " + source.order_by));
  }
  details.emplace_back("topic", fmt::format("{}, {} partition{}", source.name, source.partitions,
                                            source.partitions == 1 ? "" : "s"));
  details.emplace_back("reads", Join(source.read));
  if (!source.not_read.empty()) details.emplace_back("skips", Join(source.not_read));
  AppendAligned(details, "  ", out);
}

void AppendView(const ExplainedView& view, std::string& out) {
  out += fmt::format("\nview {}\n", view.name);
  Details details = {{"rows", RowsText(view.traits)}};
  if (view.emit_final) details.emplace_back("emits", "each window once, when it is closed");
  if (view.watermark) {
    details.emplace_back("watermark", fmt::format("the largest {} seen, less {}",
                                                  view.watermark->first, view.watermark->second));
  }
  AppendAligned(details, "  ", out);
  out += "  plan\n";
  AppendOperator(view.plan, "    ", "    ", out);
  out += "  columns\n";
  AppendColumns(view.columns, out);
  if (!view.decided_by.empty())
    out += fmt::format("  which rows there are depends on {}\n", Join(view.decided_by));
}

void AppendSink(const ExplainedSink& sink, std::string& out) {
  out += fmt::format("\nsink {} ← {} ({}: {})\n", sink.name, sink.from, sink.connector, sink.what);
  AppendAligned(sink.details, "  ", out);
}

}  // namespace

std::string ExplanationText(const Explanation& explanation) {
  std::string out = fmt::format("pipeline {}\n", explanation.name);
  AppendAligned({{"state", explanation.state},
                 {"commits", "every " + explanation.commit_every},
                 {"metrics", explanation.metrics == "off"
                                 ? "off"
                                 : fmt::format("http://{}/metrics", explanation.metrics)}},
                "  ", out);
  for (const ExplainedSource& source : explanation.sources) AppendSource(source, out);
  for (const ExplainedView& view : explanation.views) AppendView(view, out);
  for (const ExplainedSink& sink : explanation.sinks) AppendSink(sink, out);
  return out;
}

}  // namespace headrace::cli
