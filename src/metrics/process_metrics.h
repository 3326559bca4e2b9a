// What every program says of itself to Prometheus (process_*), and which headrace it is.
#pragma once

#include <memory>
#include <string>

#include "metrics/registry.h"

namespace headrace::metrics {

// Reads /proc whenever the metrics are read, until the handle that it returns has gone. `registry`
// must outlive that.
//
// The names are those of Prometheus's own client libraries:
// https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
[[nodiscard]] std::shared_ptr<void> WatchProcess(Registry& registry, const std::string& version);

}  // namespace headrace::metrics
