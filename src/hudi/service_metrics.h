// What the services of a table did, and how far the table is from its targets.
#pragma once

#include <cstdint>
#include <string>

#include "hudi/table_distance.h"
#include "metrics/registry.h"

namespace headrace::hudi {

// Thread-safe, as the registry is.
class ServiceMetrics {
 public:
  ServiceMetrics(metrics::Registry& registry, std::string sink);

  void Set(const TableDistance& distance);
  // Counts one run of a service.
  void Ran(const std::string& service, double seconds, int64_t files, int64_t bytes);
  void Failed(const std::string& service);

 private:
  void CountFailures(const std::string& service, int64_t failures);
  metrics::Labels LabelsOf(const std::string& service) const;

  metrics::Registry& registry_;
  const std::string sink_;
  metrics::Gauge freshness_lag_, log_files_, log_bytes_, base_bytes_, small_files_, small_bytes_;
};

}  // namespace headrace::hudi
