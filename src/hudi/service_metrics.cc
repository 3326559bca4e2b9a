#include "hudi/service_metrics.h"

#include <utility>

namespace headrace::hudi {

ServiceMetrics::ServiceMetrics(metrics::Registry& registry, std::string sink)
    : registry_(registry), sink_(std::move(sink)) {
  const metrics::Labels labels = {{"sink", sink_}};
  freshness_lag_ = registry.gauge("headrace_hudi_freshness_lag_seconds",
                                  "How old the read-optimized view of a Hudi table is: the age of "
                                  "the oldest commit that no base file holds",
                                  labels);
  log_files_ = registry.gauge("headrace_hudi_slice_log_files_max",
                              "Most log files that a reader merges with one base file", labels);
  log_bytes_ = registry.gauge("headrace_hudi_log_bytes",
                              "Log files of a Hudi table that no base file holds", labels);
  base_bytes_ =
      registry.gauge("headrace_hudi_base_bytes", "Newest base files of a Hudi table", labels);
  small_files_ = registry.gauge("headrace_hudi_small_files",
                                "Base files of less than half the declared file_size", labels);
  small_bytes_ =
      registry.gauge("headrace_hudi_small_file_bytes",
                     "Bytes in base files of less than half the declared file_size", labels);
}

void ServiceMetrics::Set(const TableDistance& distance) {
  freshness_lag_.Set(distance.freshness_lag_seconds);
  log_files_.Set(static_cast<double>(distance.log_files_max));
  log_bytes_.Set(static_cast<double>(distance.log_bytes));
  base_bytes_.Set(static_cast<double>(distance.base_bytes));
  small_files_.Set(static_cast<double>(distance.small_files));
  small_bytes_.Set(static_cast<double>(distance.small_bytes));
}

metrics::Labels ServiceMetrics::LabelsOf(const std::string& service) const {
  return {{"sink", sink_}, {"service", service}};
}

void ServiceMetrics::Ran(const std::string& service, double seconds, int64_t files, int64_t bytes) {
  CountFailures(service, 0);  // a counter that begins with 1 has grown by nothing
  registry_
      .histogram("headrace_hudi_service_seconds",
                 "How long a run of a table service took that did "
                 "something",
                 LabelsOf(service))
      .Observe(seconds);
  registry_
      .counter("headrace_hudi_service_files_total",
               "Files that table services have written, deleted or archived", LabelsOf(service))
      .Add(static_cast<double>(files));
  registry_
      .counter("headrace_hudi_service_bytes_total", "Bytes that table services have written",
               LabelsOf(service))
      .Add(static_cast<double>(bytes));
}

void ServiceMetrics::Failed(const std::string& service) { CountFailures(service, 1); }

void ServiceMetrics::CountFailures(const std::string& service, int64_t failures) {
  registry_
      .counter("headrace_hudi_service_failures_total",
               "Runs of table services that failed, to be run again", LabelsOf(service))
      .Add(static_cast<double>(failures));
}

}  // namespace headrace::hudi
