// What the engine says of itself at /metrics: headrace_engine_*.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "engine/dataflow.h"
#include "metrics/registry.h"

namespace headrace::engine {

// Thread-safe, as the registry is.
class EngineMetrics {
 public:
  explicit EngineMetrics(metrics::Registry& registry);

  void AddRecords(const std::string& topic, int64_t records, int64_t bytes);
  void SetLag(const std::string& topic, int32_t partition, int64_t records);
  void AddQuarantined(const std::string& source, int64_t records);
  // Brings counters and gauges of the operators up to date.
  void Update(const Dataflow& dataflow);

  metrics::Histogram batch_seconds;
  metrics::Histogram epoch_seconds;
  metrics::Histogram checkpoint_seconds;
  metrics::Gauge epoch;
  metrics::Gauge epoch_begin;
  metrics::Gauge last_epoch_end;

 private:
  void Raise(const std::string& name, const std::string& help, const metrics::Labels& labels,
             int64_t total);

  metrics::Registry& registry_;
  std::map<std::pair<std::string, metrics::Labels>, int64_t> counted_;
};

}  // namespace headrace::engine
