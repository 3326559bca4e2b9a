#include "source/source_metrics.h"

namespace headrace::source {

SourceMetrics::SourceMetrics(metrics::Registry& registry, const std::string& source)
    : polls(registry.counter("headrace_source_polls_total", "Polls that were begun",
                             {{"source", source}})),
      records(registry.counter("headrace_source_records_total",
                               "Records that good answers held, kept already or not",
                               {{"source", source}})),
      appended(registry.counter("headrace_source_records_appended_total",
                                "Records appended to the log", {{"source", source}})),
      unchanged(registry.counter("headrace_source_records_unchanged_total",
                                 "Records not appended because the log has their version",
                                 {{"source", source}})),
      retries(registry.counter("headrace_source_retries_total",
                               "Requests repeated within a poll after a bad answer",
                               {{"source", source}})),
      response_bytes(registry.counter("headrace_source_response_bytes_total",
                                      "Bytes of answers as they came over the wire",
                                      {{"source", source}})),
      poll_seconds(registry.histogram("headrace_source_poll_seconds",
                                      "Time from the begin of a poll to its records in the log",
                                      {{"source", source}})),
      last_success(registry.gauge("headrace_source_last_success_timestamp_seconds",
                                  "Unix time of the last good answer", {{"source", source}})),
      registry_(registry),
      source_(source) {}

void SourceMetrics::CountError(BadAnswerReason reason) {
  registry_
      .counter("headrace_source_errors_total", "Bad answers, by reason",
               {{"source", source_}, {"reason", std::string(ReasonName(reason))}})
      .Add();
}

}  // namespace headrace::source
