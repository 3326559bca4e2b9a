#include "engine/engine_metrics.h"

namespace headrace::engine {

EngineMetrics::EngineMetrics(metrics::Registry& registry) : registry_(registry) {
  batch_seconds = registry.histogram("headrace_engine_batch_seconds",
                                     "Time to read, decode and compute one micro-batch");
  epoch_seconds = registry.histogram("headrace_engine_epoch_seconds",
                                     "Time from the plan of an epoch to its checkpoint");
  checkpoint_seconds = registry.histogram("headrace_engine_checkpoint_seconds",
                                          "Time to write the checkpoint of an epoch");
  epoch = registry.gauge("headrace_engine_epoch", "Number of the newest epoch that is complete");
  epoch_begin =
      registry.gauge("headrace_engine_epoch_begin_timestamp_seconds",
                     "Unix time at which the epoch that is under way began; 0 while none is");
  last_epoch_end = registry.gauge("headrace_engine_last_epoch_timestamp_seconds",
                                  "Unix time at which the newest epoch was complete");
}

void EngineMetrics::AddRecords(const std::string& topic, int64_t records, int64_t bytes) {
  registry_.counter("headrace_engine_records_total", "Records read", {{"topic", topic}})
      .Add(static_cast<double>(records));
  registry_.counter("headrace_engine_bytes_total", "Bytes read", {{"topic", topic}})
      .Add(static_cast<double>(bytes));
}

void EngineMetrics::SetLag(const std::string& topic, int32_t partition, int64_t records) {
  registry_
      .gauge("headrace_engine_lag_records", "Records that are not processed yet",
             {{"topic", topic}, {"partition", std::to_string(partition)}})
      .Set(static_cast<double>(records));
}

void EngineMetrics::AddQuarantined(const std::string& source, int64_t records) {
  registry_
      .counter("headrace_engine_quarantined_total",
               "Records put aside because they don't fit or an expression failed",
               {{"source", source}})
      .Add(static_cast<double>(records));
}

void EngineMetrics::Raise(const std::string& name, const std::string& help,
                          const metrics::Labels& labels, int64_t total) {
  int64_t& counted = counted_[{name, labels}];
  registry_.counter(name, help, labels).Add(static_cast<double>(total - counted));
  counted = total;
}

void EngineMetrics::Update(const Dataflow& dataflow) {
  std::map<std::string, int64_t> late;  // by view
  for (const OperatorReport& report : dataflow.Report()) {
    late[report.node->relation] += report.late;
    const metrics::Labels labels{{"view", report.node->relation}, {"operator", report.node->id}};
    Raise("headrace_engine_rows_total", "Changes emitted", labels, report.rows);
    const OperatorPlan* plan = report.node->plan.get();
    if (plan == nullptr || !plan->stateful()) continue;
    registry_.gauge("headrace_engine_state_rows", "Entries an operator keeps", labels)
        .Set(static_cast<double>(report.state.rows));
    registry_.gauge("headrace_engine_state_bytes", "Memory an operator keeps, estimated", labels)
        .Set(static_cast<double>(report.state.bytes));
    const metrics::Labels view{{"view", report.node->relation}};
    if (plan->kind() == "watermark" && report.watermark.has_value()) {
      registry_
          .gauge("headrace_engine_watermark_timestamp_seconds",
                 "The watermark of a view, as Unix time", view)
          .Set(static_cast<double>(*report.watermark) / 1e6);
    }
  }
  for (const auto& [view, rows] : late) {
    Raise("headrace_engine_late_total", "Rows that came after their window was closed",
          {{"view", view}}, rows);
  }
}

}  // namespace headrace::engine
