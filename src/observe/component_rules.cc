#include <fmt/format.h>

#include <string>
#include <utility>

#include "observe/rules.h"

namespace headrace::observe {
namespace {

// An alert on a gauge of a component: fires where the value is `bad`.
struct GaugeAlert {
  const char* component;
  const char* name;
  const char* metric;
  const char* condition;
  const char* good;
  const char* bad;
  const char* severity;
  const char* summary;
  const char* description;
};

constexpr GaugeAlert kGaugeAlerts[] = {
    {"kafka", "KafkaPartitionsOffline", "kafka_offline_partitions", "> 0", "0", "1", "critical",
     "partitions of Kafka have no leader", "They can be neither read nor written: epochs wait."},
    {"kafka", "KafkaUnderReplicated", "kafka_under_replicated_partitions", "> 0", "0", "1",
     "warning", "partitions of Kafka lack replicas",
     "A broker is away or too slow. One more that is lost may take records with it."},
    {"minio", "MinioDrivesOffline", "minio_cluster_drive_offline_total", "> 0", "0", "1", "warning",
     "drives of MinIO are offline", "Tables lose redundancy, and beyond that can't be written."},
};

// Series of a component carry the label `instance`, as Prometheus gives it.
std::string Series(const std::string& metric, const Target& target) {
  return fmt::format("{}{{job=\"{}\",instance=\"{}\"}}", metric, target.component,
                     target.addresses[0]);
}

AlertingRule Down(const std::vector<std::string>& components, const Target& target,
                  const Pace& pace) {
  const std::string up = Series("up", target);
  return {.name = "HeadraceComponentDown",
          .expression = fmt::format("up{{job=~\"{}\"}} == 0", fmt::join(components, "|")),
          .for_us = pace.ForUs(),
          .severity = "critical",
          .summary = "{{ $labels.job }} at {{ $labels.instance }} gives no metrics",
          .description =
              "It doesn't run, can't be reached, or offers none there. Where it is a "
              "sink or the log of a pipeline, the pipeline waits for it.",
          .fires = {{up, "0x40"}},
          .labels = {{"job", target.component}, {"instance", target.addresses[0]}},
          .stays_quiet = {{up, "1x40"}}};
}

AlertingRule Gauge(const GaugeAlert& alert, const Target& target, const Pace& pace) {
  const std::string series = Series(alert.metric, target);
  return {.name = alert.name,
          .expression = fmt::format("max by (job) ({}{{job=\"{}\"}}) {}", alert.metric,
                                    target.component, alert.condition),
          .for_us = pace.ForUs(),
          .severity = alert.severity,
          .summary = alert.summary,
          .description = alert.description,
          .fires = {{series, fmt::format("{}x40", alert.bad)}},
          .labels = {{"job", target.component}},
          .stays_quiet = {{series, fmt::format("{}x40", alert.good)}}};
}

}  // namespace

Rules ComponentRules(const std::vector<Target>& targets, const Pace& pace) {
  Rules rules;
  std::vector<std::string> components;
  for (const Target& target : targets) {
    if (target.component != "headrace") components.push_back(target.component);
  }
  if (!components.empty()) rules.alerting.push_back(Down(components, targets.back(), pace));
  for (const Target& target : targets) {
    for (const GaugeAlert& alert : kGaugeAlerts) {
      if (target.component == alert.component) rules.alerting.push_back(Gauge(alert, target, pace));
    }
  }
  return rules;
}

}  // namespace headrace::observe
