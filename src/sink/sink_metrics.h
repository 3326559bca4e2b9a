// The metrics that every sink keeps, labelled with its name.
#pragma once

#include <cstdint>
#include <string>

#include "metrics/registry.h"
#include "sink/sink.h"

namespace headrace::sink {

struct SinkMetrics {
  SinkMetrics(metrics::Registry& registry, const std::string& sink);

  // Counts a commit that went well.
  void Committed(int64_t upserts, int64_t deletes, int64_t bytes, int64_t duration_us);

  // Counts rows that were put aside.
  void Quarantined(int64_t rows);

  metrics::Counter upserts;  // headrace_sink_records_total{op="upsert"}
  metrics::Counter deletes;  // headrace_sink_records_total{op="delete"}
  metrics::Counter commits;
  metrics::Histogram commit_seconds;
  metrics::Counter bytes;
  metrics::Counter retries;
  metrics::Counter quarantined;
  SinkTotals totals;
};

}  // namespace headrace::sink
