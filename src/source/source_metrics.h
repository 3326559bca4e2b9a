// What every source counts; the label `source` is its name.
#pragma once

#include <string>

#include "metrics/registry.h"
#include "source/bad_answer.h"

namespace headrace::source {

class SourceMetrics {
 public:
  SourceMetrics(metrics::Registry& registry, const std::string& source);

  // One more bad answer of that reason.
  void CountError(BadAnswerReason reason);

  metrics::Counter polls;
  metrics::Counter records;    // that answers held
  metrics::Counter appended;   // of those, new to the topic
  metrics::Counter unchanged;  // of those, kept already
  metrics::Counter retries;
  metrics::Counter response_bytes;
  metrics::Histogram poll_seconds;
  metrics::Gauge last_success;

 private:
  metrics::Registry& registry_;
  const std::string source_;
};

}  // namespace headrace::source
