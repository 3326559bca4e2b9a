#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "observe/rules.h"

namespace headrace::observe {
namespace {

// Makes the rules of one pipeline. Every expression names the pipeline by the label that the scrape
// configuration gives to its series.
class RuleMaker {
 public:
  RuleMaker(const pipeline::Pipeline& pipeline, const Target& target, const Pace& pace)
      : pipeline_(pipeline),
        pace_(pace),
        window_(pace.Window()),
        of_(fmt::format("{{pipeline=\"{}\"}}", pipeline.name)),
        instance_(target.addresses[0]) {}

  Rules Make() {
    rules_.recording = RecordingRules(pipeline_, pace_);
    WatchProcess();
    WatchSources();
    WatchEngine();
    WatchWatermarks();
    WatchSinks();
    WatchConnectors();
    for (AlertingRule& rule : rules_.alerting) rule.labels["pipeline"] = pipeline_.name;
    return std::move(rules_);
  }

 private:
  // A series of headrace itself, with the labels that a scrape adds.
  std::string Series(const std::string& metric, const std::string& labels = "") const {
    return fmt::format("{}{{pipeline=\"{}\",job=\"headrace\",instance=\"{}\"{}{}}}", metric,
                       pipeline_.name, instance_, labels.empty() ? "" : ",", labels);
  }

  // {pipeline="quakes",sink="table"}
  std::string Of(const char* label, const std::string& name) const {
    return fmt::format("{{pipeline=\"{}\",{}=\"{}\"}}", pipeline_.name, label, name);
  }

  void WatchProcess() {
    rules_.alerting.push_back(
        {.name = "HeadraceDown",
         .expression = fmt::format(
             "max by (pipeline) (up{{job=\"headrace\",pipeline=\"{}\"}}) == 0", pipeline_.name),
         .for_us = pace_.ForUs(),
         .severity = "critical",
         .summary = "headrace doesn't run",
         .description =
             "Nothing is ingested and nothing processed. Its log says why it ended; what "
             "it had acknowledged is kept, and it goes on where it was.",
         .fires = {{Series("up"), "0x40"}},
         .labels = {},
         .stays_quiet = {{Series("up"), "1x40"}}});
  }

  void WatchSources() {
    rules_.alerting.push_back(
        {.name = "HeadraceSourceErrors",
         .expression = fmt::format(
             "sum by (pipeline, source, reason) (increase(headrace_source_errors_total{}{})) > 2",
             of_, window_),
         .for_us = 0,
         .severity = "warning",
         .summary = "source {{ $labels.source }} gets bad answers: {{ $labels.reason }}",
         .description =
             "It tries again and keeps nothing of a bad answer. Its log has each of them.",
         .fires = {{Series("headrace_source_errors_total", R"(source="feed",reason="status_5xx")"),
                    "0+1x40"}},
         .labels = {{"source", "feed"}, {"reason", "status_5xx"}},
         .stays_quiet = {
             {Series("headrace_source_errors_total", R"(source="feed",reason="status_5xx")"),
              "0x20 1x20"}}});
    for (const pipeline::Source& source : pipeline_.sources) {
      const auto* http = std::get_if<pipeline::HttpSource>(&source.connector);
      if (http == nullptr) continue;
      const int64_t limit_us = std::max(10 * http->every_us, pace_.Times(20));
      const std::string series = Series("headrace_source_last_success_timestamp_seconds",
                                        fmt::format("source=\"{}\"", source.name));
      rules_.alerting.push_back(
          {.name = "HeadraceSourceSilent",
           .expression = fmt::format("max by (pipeline, source) (time() - "
                                     "headrace_source_last_success_timestamp_seconds{}) > "
                                     "{}",
                                     Of("source", source.name), Seconds(limit_us)),
           .for_us = pace_.ForUs(),
           .severity = "warning",
           .summary =
               "source {{ $labels.source }} has had no good answer for " + DurationText(limit_us),
           .description = "What the API holds is not lost as long as it keeps it.",
           .fires = {{series, Long("1", After(limit_us))}},
           .labels = {{"source", source.name}},
           .own_labels = {{"source", source.name}},
           .stays_quiet = {{series, Long(fmt::format("0+{}", Seconds(pace_.interval_us)),
                                         After(limit_us))}},
           .intervals = After(limit_us)});
    }
  }

  void WatchEngine() {
    const std::string lag = "pipeline_topic:headrace_engine_lag_records:sum" + of_;
    const std::string lag_series =
        Series("headrace_engine_lag_records", R"(topic="feed",partition="0")");
    rules_.alerting.push_back(
        {.name = "HeadraceLagGrowing",
         .expression = fmt::format("min_over_time({0}{1}) > 0 and deriv({0}{1}) > 0", lag, window_),
         .for_us = pace_.ForUs(),
         .severity = "warning",
         .summary = "{{ $labels.topic }} grows faster than it is processed",
         .description = "Results are late and get later. Look at what the epochs take "
                        "(headrace_engine_epoch_seconds), and how much of it the sinks "
                        "(headrace_sink_commit_seconds).",
         .fires = {{lag_series, "10+10x40"}},
         .labels = {{"topic", "feed"}},
         .stays_quiet = {{lag_series, "1000-10x40"}}});
    const int64_t limit_us = std::max(10 * pipeline_.commit_every_us, pace_.Times(4));
    const std::string begin = Series("headrace_engine_epoch_begin_timestamp_seconds");
    rules_.alerting.push_back(
        {.name = "HeadraceFreshnessMissed",
         .expression = fmt::format("max by (pipeline) (time() - "
                                   "(headrace_engine_epoch_begin_timestamp_seconds{} > 0)) > {}",
                                   of_, Seconds(limit_us)),
         .for_us = pace_.Times(2),
         .severity = "critical",
         .summary = "an epoch has been under way for more than " + DurationText(limit_us),
         .description = fmt::format("Results are due every {}. Mostly a sink doesn't answer: the "
                                    "epoch waits for it, and nothing is lost.",
                                    DurationText(pipeline_.commit_every_us)),
         .fires = {{begin, Long("1", After(limit_us))}},
         .labels = {},
         .stays_quiet = {{begin, Long("0", After(limit_us))}},
         .intervals = After(limit_us)});
    const std::string aside = Series("headrace_engine_quarantined_total", R"(source="feed")");
    rules_.alerting.push_back(
        {.name = "HeadraceQuarantineGrowing",
         .expression = fmt::format(
             "sum by (pipeline, source) (increase(headrace_engine_quarantined_total{}{})) > 0", of_,
             window_),
         .for_us = 0,
         .severity = "warning",
         .summary = "records of {{ $labels.source }} are put aside",
         .description =
             "They don't fit the schema, or an expression failed on them. "
             "headrace topic tail FILE {{ $labels.source }}.quarantine  shows them with the "
             "reason.",
         .fires = {{aside, "0+1x40"}},
         .labels = {{"source", "feed"}},
         .stays_quiet = {{aside, "5x40"}}});
  }

  void WatchWatermarks() {
    const auto view = std::ranges::find_if(
        pipeline_.views, [](const pipeline::View& view) { return view.watermark.has_value(); });
    if (view == pipeline_.views.end()) return;
    const std::string labels = fmt::format("view=\"{}\"", view->name);
    const std::string watermark = Series("headrace_engine_watermark_timestamp_seconds", labels);
    const std::string rows =
        Series("headrace_engine_rows_total", labels + R"(,operator="watermark")");
    rules_.alerting.push_back(
        {.name = "HeadraceWatermarkStuck",
         .expression = fmt::format(
             "max by (pipeline, view) "
             "(changes(headrace_engine_watermark_timestamp_seconds{0}{1})) == 0 "
             "and sum by (pipeline, view) (increase(headrace_engine_rows_total{0}{1})) > 0",
             of_, window_),
         .for_us = pace_.ForUs(),
         .severity = "warning",
         .summary = "rows of {{ $labels.view }} come, and its watermark stands still",
         .description = "Windows don't close and state grows. Is the event time of new rows older "
                        "than that of earlier ones?",
         .fires = {{watermark, "100x40"}, {rows, "0+10x40"}},
         .labels = {{"view", view->name}},
         .stays_quiet = {{watermark, "0+1x40"}, {rows, "0+10x40"}}});
  }

  // A rule on a counter of sinks, with `sink` for its cases.
  void WatchSinkCounter(const std::string& name, const std::string& counter, int64_t limit,
                        const std::string& sink, const std::string& summary,
                        const std::string& description) {
    const std::string series = Series(counter, fmt::format("sink=\"{}\"", sink));
    rules_.alerting.push_back(
        {.name = name,
         .expression = fmt::format("sum by (pipeline, sink) (increase({}{}{})) > {}", counter, of_,
                                   window_, limit),
         .for_us = 0,
         .severity = "warning",
         .summary = summary,
         .description = description,
         .fires = {{series, "0+1x40"}},
         .labels = {{"sink", sink}},
         .stays_quiet = {{series, "5x40"}}});
  }

  template <typename Connector>
  std::vector<std::string> SinksOf() const {
    std::vector<std::string> names;
    for (const pipeline::Sink& sink : pipeline_.sinks) {
      if (std::holds_alternative<Connector>(sink.connector)) names.push_back(sink.name);
    }
    return names;
  }

  void WatchSinks() {
    const auto commits = std::ranges::find_if(pipeline_.sinks, [](const pipeline::Sink& sink) {
      return !std::holds_alternative<pipeline::ConsoleSink>(sink.connector) &&
             !std::holds_alternative<pipeline::BlackholeSink>(sink.connector);
    });
    if (commits != pipeline_.sinks.end()) {
      WatchSinkCounter("HeadraceCommitFailing", "headrace_sink_retries_total", 2, commits->name,
                       "sink {{ $labels.sink }} tries its commits again and again",
                       "What it writes to doesn't answer, or refuses for the time being; the log "
                       "of headrace has its words. The epoch waits.");
    }
    if (const auto series = SinksOf<pipeline::InfluxSink>(); !series.empty()) {
      WatchSinkCounter("HeadraceSinkQuarantineGrowing", "headrace_sink_quarantined_total", 0,
                       series[0], "sink {{ $labels.sink }} puts rows aside",
                       "The server refuses points, or rows make no points. headrace topic tail "
                       "FILE {{ $labels.sink }}.quarantine  shows them with the reason.");
    }
    bool serves = false;
    for (const pipeline::Sink& sink : pipeline_.sinks) {
      const auto* hudi = std::get_if<pipeline::HudiSink>(&sink.connector);
      if (hudi == nullptr || !hudi->services) continue;
      if (!serves) WatchServices(sink.name);
      serves = true;
      if (hudi->TypeOrDefault() == pipeline::HudiSink::Type::kMergeOnRead)
        WatchTable(sink.name, *hudi);
    }
  }

  void WatchServices(const std::string& sink) {
    const std::string failures = Series("headrace_hudi_service_failures_total",
                                        fmt::format("sink=\"{}\",service=\"compaction\"", sink));
    rules_.alerting.push_back(
        {.name = "HeadraceTableServiceFailing",
         .expression = fmt::format("sum by (pipeline, sink, service) "
                                   "(increase(headrace_hudi_service_failures_total{}{})) > 0",
                                   of_, window_),
         .for_us = 0,
         .severity = "warning",
         .summary = "{{ $labels.service }} of {{ $labels.sink }} fails",
         .description = "The table is right and gets slower to read. It is tried again.",
         .fires = {{failures, "0+1x40"}},
         .labels = {{"sink", sink}, {"service", "compaction"}},
         .stays_quiet = {{failures, "1x40"}}});
  }

  void WatchTable(const std::string& sink, const pipeline::HudiSink& hudi) {
    const int64_t limit = Seconds(2 * hudi.freshness_us);
    const std::string lag =
        Series("headrace_hudi_freshness_lag_seconds", fmt::format("sink=\"{}\"", sink));
    rules_.alerting.push_back(
        {.name = "HeadraceTableNotFresh",
         .expression =
             fmt::format("max by (pipeline, sink) (headrace_hudi_freshness_lag_seconds{}) > {}",
                         Of("sink", sink), limit),
         .for_us = pace_.ForUs(),
         .severity = "warning",
         .summary =
             "the read-optimized view of {{ $labels.sink }} is older than twice its freshness",
         .description =
             fmt::format("Compaction doesn't keep up with freshness: {}. Give it more of "
                         "the processor (services_cpu), or ask for less.",
                         DurationText(hudi.freshness_us)),
         .fires = {{lag, fmt::format("{}x40", limit + 1)}},
         .labels = {{"sink", sink}},
         .own_labels = {{"sink", sink}},
         .stays_quiet = {{lag, fmt::format("{}x40", limit)}}});
  }

  void WatchConnectors() {
    const auto has = [](const auto* kafka) { return kafka != nullptr && kafka->connector; };
    if (std::ranges::none_of(pipeline_.sources,
                             [&](const pipeline::Source& source) {
                               return has(std::get_if<pipeline::KafkaSource>(&source.connector));
                             }) &&
        std::ranges::none_of(pipeline_.sinks, [&](const pipeline::Sink& sink) {
          return has(std::get_if<pipeline::KafkaSink>(&sink.connector));
        }))
      return;
    const std::string series =
        Series("headrace_connect_tasks", R"(connector="orders",state="failed")");
    const std::string by = "max by (pipeline, connector) ";
    rules_.alerting.push_back(
        {.name = "HeadraceConnectorFailed",
         .expression =
             fmt::format("{0}(headrace_connect_tasks{{pipeline=\"{1}\",state=\"failed\"}}) > 0 or "
                         "{0}(headrace_connect_connector_state{{pipeline=\"{1}\","
                         "state=~\"failed|missing|unreachable\"}}) > 0",
                         by, pipeline_.name),
         .for_us = pace_.ForUs(),
         .severity = "critical",
         .summary = "connector {{ $labels.connector }} or one of its tasks doesn't run",
         .description = "headrace starts failed tasks again, with back-off; its log has what Kafka "
                        "Connect said.",
         .fires = {{series, "1x40"}},
         .labels = {{"connector", "orders"}},
         .stays_quiet = {{series, "0x40"}}});
  }

  static int64_t Seconds(int64_t duration_us) {
    return std::max<int64_t>(1, (duration_us + 999'999) / 1'000'000);
  }
  // When a limit is passed for certain, in intervals.
  int64_t After(int64_t limit_us) const { return limit_us / pace_.interval_us + 20; }
  static std::string Long(const std::string& value, int64_t intervals) {
    return fmt::format("{}x{}", value, intervals);
  }

  const pipeline::Pipeline& pipeline_;
  const Pace pace_;
  const std::string window_;
  const std::string of_;  // {pipeline="quakes"}
  const std::string instance_;
  Rules rules_;
};

}  // namespace

Rules HeadraceRules(const pipeline::Pipeline& pipeline, const Target& target, const Pace& pace) {
  return RuleMaker(pipeline, target, pace).Make();
}

}  // namespace headrace::observe
