#include "observe/prometheus_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "format/json_writer.h"
#include "observe/generated_files.h"

namespace headrace::observe {
namespace {

// A scalar of YAML in double quotes, which are those of JSON.
std::string Quoted(const std::string& text) {
  std::string out;
  format::WriteJsonString(text, &out);
  return out;
}

std::string QuotedList(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) out += (out.size() > 1 ? ", " : "") + Quoted(text);
  return out + "]";
}

std::string QuotedMap(const Labels& labels) {
  std::string out = "{";
  for (const auto& [name, value] : labels)
    out += fmt::format("{}{}: {}", out.size() > 1 ? ", " : "", name, Quoted(value));
  return out + "}";
}

// What a template of an annotation comes to for these labels.
std::string Expanded(std::string text, const Labels& labels) {
  for (const auto& [name, value] : labels) {
    const std::string reference = "{{ $labels." + name + " }}";
    for (size_t at = 0; (at = text.find(reference, at)) != std::string::npos; at += value.size())
      text.replace(at, reference.size(), value);
  }
  return text;
}

std::string Configuration(const pipeline::Pipeline& pipeline, const std::vector<Target>& targets,
                          const PrometheusOptions& options,
                          const std::vector<std::string>& rule_files) {
  const std::string interval = DurationText(options.pace.interval_us);
  std::string out =
      fmt::format("{}global:\n  scrape_interval: {}\n  evaluation_interval: {}\n\nrule_files: {}\n",
                  GeneratedMark("what Prometheus scrapes of the pipeline '" + pipeline.name + "'"),
                  interval, interval, QuotedList(rule_files));
  if (!options.alertmanagers.empty()) {
    out +=
        fmt::format("\nalerting:\n  alertmanagers:\n    - static_configs:\n        - targets: {}\n",
                    QuotedList(options.alertmanagers));
  }
  out += "\nscrape_configs:\n";
  for (const Target& target : targets) {
    if (!target.assumption.empty()) out += "  # " + target.assumption + "\n";
    out += fmt::format("  - job_name: {}\n", target.component);
    if (target.scheme != "http") out += fmt::format("    scheme: {}\n", target.scheme);
    if (target.path != "/metrics") out += fmt::format("    metrics_path: {}\n", target.path);
    out += fmt::format("    static_configs:\n      - targets: {}\n", QuotedList(target.addresses));
    if (target.component == "headrace")
      out += fmt::format("        labels: {}\n", QuotedMap({{"pipeline", pipeline.name}}));
  }
  return out;
}

std::string RecordingText(const std::string& pipeline, const Rules& rules) {
  std::string out = GeneratedMark("series that rules and boards read") +
                    fmt::format("groups:\n  - name: headrace-{}-recording\n    rules:\n", pipeline);
  for (const RecordingRule& rule : rules.recording) {
    out += fmt::format("      - record: {}\n        expr: {}\n", Quoted(rule.name),
                       Quoted(rule.expression));
  }
  return out;
}

std::string AlertingText(const std::string& pipeline, const Rules& rules) {
  std::string out = GeneratedMark("what somebody should look at") +
                    fmt::format("groups:\n  - name: headrace-{}-alerting\n    rules:\n", pipeline);
  for (const AlertingRule& rule : rules.alerting) {
    out += fmt::format("      - alert: {}\n        expr: {}\n", rule.name, Quoted(rule.expression));
    Labels labels = rule.own_labels;
    labels["severity"] = rule.severity;
    if (rule.for_us > 0) out += fmt::format("        for: {}\n", DurationText(rule.for_us));
    out += fmt::format(
        "        labels: {}\n        annotations:\n          summary: {}\n"
        "          description: {}\n",
        QuotedMap(labels), Quoted(rule.summary), Quoted(rule.description));
  }
  return out;
}

// One case of promtool: samples, and which alerts they raise.
std::string CaseText(const AlertingRule& rule, const Pace& pace, bool fires) {
  const std::string interval = DurationText(pace.interval_us);
  std::string out = fmt::format("  - name: {}\n    interval: {}\n    input_series:\n",
                                Quoted(rule.name + (fires ? " fires" : " stays quiet")), interval);
  for (const Samples& samples : fires ? rule.fires : rule.stays_quiet) {
    out += fmt::format("      - series: {}\n        values: {}\n", Quoted(samples.series),
                       Quoted(samples.values));
  }
  out += fmt::format("    alert_rule_test:\n      - eval_time: {}\n        alertname: {}\n",
                     DurationText(pace.Times(rule.intervals)), rule.name);
  if (!fires) return out + "        exp_alerts: []\n";
  Labels labels = rule.labels;
  labels["severity"] = rule.severity;
  out += fmt::format(
      "        exp_alerts:\n          - exp_labels: {}\n            exp_annotations:\n"
      "              summary: {}\n              description: {}\n",
      QuotedMap(labels), Quoted(Expanded(rule.summary, rule.labels)),
      Quoted(Expanded(rule.description, rule.labels)));
  return out;
}

std::string TestsText(const Rules& rules, const Pace& pace,
                      const std::vector<std::string>& rule_files) {
  std::string out = GeneratedMark("tests of the rules, for promtool test rules") +
                    fmt::format("rule_files: {}\nevaluation_interval: {}\n\ntests:\n",
                                QuotedList(rule_files), DurationText(pace.interval_us));
  for (const AlertingRule& rule : rules.alerting) {
    out += CaseText(rule, pace, true);
    out += CaseText(rule, pace, false);
  }
  return out;
}

bool Uses(const std::vector<Target>& targets, std::string_view component) {
  return std::ranges::any_of(targets,
                             [&](const Target& target) { return target.component == component; });
}

std::string Count(size_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

Result<PrometheusFiles> MakePrometheusFiles(const pipeline::Pipeline& pipeline,
                                            const PrometheusOptions& options,
                                            const Environment& environment) {
  PrometheusFiles made;
  ASSIGN_OR_RAISE(made.targets, FindTargets(pipeline, options.targets, environment));
  Rules rules = HeadraceRules(pipeline, made.targets.front(), options.pace);
  for (AlertingRule& rule : ComponentRules(made.targets, options.pace).alerting)
    rules.alerting.push_back(std::move(rule));
  const std::string recording = pipeline.name + ".recording.yml";
  const std::string alerting = pipeline.name + ".alerts.yml";
  const std::vector<std::string> rule_files = {recording, alerting};
  made.files.push_back({"prometheus.yml",
                        Configuration(pipeline, made.targets, options, rule_files),
                        Count(made.targets.size(), "scrape job")});
  made.files.push_back({recording, RecordingText(pipeline.name, rules),
                        Count(rules.recording.size(), "recording rule")});
  made.files.push_back({alerting, AlertingText(pipeline.name, rules),
                        Count(rules.alerting.size(), "alerting rule")});
  made.files.push_back({pipeline.name + ".tests.yml", TestsText(rules, options.pace, rule_files),
                        Count(2 * rules.alerting.size(), "test") + " of them, for promtool"});
  if (Uses(made.targets, "kafka")) {
    made.files.push_back(
        {"kafka-exporter.yml", KafkaExporterRules(), "rules for the JMX exporter of the brokers"});
  }
  return made;
}

}  // namespace headrace::observe
