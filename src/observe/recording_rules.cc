#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <variant>

#include "observe/rules.h"

namespace headrace::observe {
namespace {

std::string Quantile99(const std::string& by, const std::string& histogram, const std::string& of,
                       const std::string& window) {
  return fmt::format("histogram_quantile(0.99, sum by (pipeline, {}le) (rate({}_bucket{}{})))", by,
                     histogram, of, window);
}

}  // namespace

std::vector<RecordingRule> RecordingRules(const pipeline::Pipeline& pipeline, const Pace& pace) {
  const std::string window = pace.Window();
  const std::string of = fmt::format("{{pipeline=\"{}\"}}", pipeline.name);
  std::vector<RecordingRule> rules;
  const bool appends = std::ranges::any_of(
      pipeline.sources, [](const pipeline::Source& source) { return !source.is_log(); });
  if (appends) {
    rules.push_back(
        {"pipeline_source:headrace_source_records_appended:rate",
         fmt::format("sum by (pipeline, source) (rate(headrace_source_records_appended_total{}{}))",
                     of, window)});
  }
  rules.push_back({"pipeline_topic:headrace_engine_lag_records:sum",
                   fmt::format("sum by (pipeline, topic) (headrace_engine_lag_records{})", of)});
  rules.push_back(
      {"pipeline:headrace_engine_records:rate",
       fmt::format("sum by (pipeline) (rate(headrace_engine_records_total{}{}))", of, window)});
  rules.push_back({"pipeline:headrace_engine_epoch_seconds:p99",
                   Quantile99("", "headrace_engine_epoch_seconds", of, window)});
  rules.push_back(
      {"pipeline_sink:headrace_sink_records:rate",
       fmt::format("sum by (pipeline, sink) (rate(headrace_sink_records_total{}{}))", of, window)});
  rules.push_back({"pipeline_sink:headrace_sink_commit_seconds:p99",
                   Quantile99("sink, ", "headrace_sink_commit_seconds", of, window)});
  return rules;
}

}  // namespace headrace::observe
