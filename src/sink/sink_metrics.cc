#include "sink/sink_metrics.h"

namespace headrace::sink {

SinkMetrics::SinkMetrics(metrics::Registry& registry, const std::string& sink)
    : upserts(registry.counter("headrace_sink_records_total",
                               "Records that a sink has committed, by what was done with them",
                               {{"sink", sink}, {"op", "upsert"}})),
      deletes(registry.counter("headrace_sink_records_total",
                               "Records that a sink has committed, by what was done with them",
                               {{"sink", sink}, {"op", "delete"}})),
      commits(registry.counter("headrace_sink_commits_total", "Epochs that a sink has committed",
                               {{"sink", sink}})),
      commit_seconds(registry.histogram("headrace_sink_commit_seconds",
                                        "How long a sink took to commit an epoch",
                                        {{"sink", sink}})),
      bytes(registry.counter("headrace_sink_bytes_total", "Bytes that a sink has written",
                             {{"sink", sink}})),
      retries(registry.counter("headrace_sink_retries_total",
                               "Requests or transactions of a sink that were made again",
                               {{"sink", sink}})),
      quarantined(registry.counter("headrace_sink_quarantined_total",
                                   "Rows that a sink could not write and put aside",
                                   {{"sink", sink}})) {}

void SinkMetrics::Quarantined(int64_t rows) {
  quarantined.Add(static_cast<double>(rows));
  totals.quarantined += rows;
}

void SinkMetrics::Committed(int64_t upsert_count, int64_t delete_count, int64_t byte_count,
                            int64_t duration_us) {
  upserts.Add(static_cast<double>(upsert_count));
  deletes.Add(static_cast<double>(delete_count));
  bytes.Add(static_cast<double>(byte_count));
  commits.Add();
  commit_seconds.Observe(static_cast<double>(duration_us) / 1e6);
  totals.upserts += upsert_count;
  totals.deletes += delete_count;
  ++totals.commits;
}

}  // namespace headrace::sink
