// What the services of a table did, and how far the table is from its targets.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hudi/file_group.h"
#include "metrics/registry.h"

namespace headrace::hudi {

// How far a table is from what its services aim at.
struct TableDistance {
  double freshness_lag_seconds = 0;  // of the read-optimized view
  int64_t log_files_max = 0;         // of a slice
  int64_t log_bytes = 0;
  int64_t base_bytes = 0;
  int64_t small_files = 0;  // base files of less than half the size that is aimed at
  int64_t small_bytes = 0;  // in them
};

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
