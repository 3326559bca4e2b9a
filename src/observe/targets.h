// Which servers a pipeline uses, and where each offers its metrics to Prometheus.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/status.h"
#include "pipeline/pipeline.h"

namespace headrace::observe {

// What the pipeline file doesn't say.
struct TargetOptions {
  std::vector<std::string> kafka;    // HOST:PORT of the brokers' JMX exporters; default: kKafkaPort
  std::vector<std::string> connect;  // and of the Connect workers'; default: kConnectPort
  std::set<std::string> without;     // components that are left out
};

inline constexpr int kKafkaPort = 9404;    // on the hosts of bootstrap_servers
inline constexpr int kConnectPort = 9405;  // on the hosts of the workers' REST API

// One job of the scrape configuration.
struct Target {
  std::string component;  // headrace, kafka, connect, minio, influxdb
  std::string scheme = "http";
  std::vector<std::string> addresses = {};  // HOST:PORT, sorted
  std::string path = "/metrics";
  std::string assumption = {};  // what isn't in the pipeline file; empty: nothing
};

// The components of `pipeline`, headrace first, each once.
//
// Errors: user errors where the pipeline offers no metrics, or at no address that is known before
// it runs, and where a component that is left out isn't there.
Result<std::vector<Target>> FindTargets(const pipeline::Pipeline& pipeline,
                                        const TargetOptions& options,
                                        const Environment& environment);

}  // namespace headrace::observe
