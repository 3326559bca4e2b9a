// The files from which Prometheus watches a pipeline: what it scrapes, the rules, and promtool's
// tests of them. The same pipeline and options give the same bytes.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "observe/generated_files.h"
#include "observe/rules.h"
#include "observe/targets.h"
#include "pipeline/pipeline.h"

namespace headrace::observe {

struct PrometheusOptions {
  TargetOptions targets;
  Pace pace;
  std::vector<std::string> alertmanagers;  // HOST:PORT
};

struct PrometheusFiles {
  std::vector<Target> targets;
  std::vector<GeneratedFile> files;  // the configuration first
};

// Errors: those of FindTargets().
Result<PrometheusFiles> MakePrometheusFiles(const pipeline::Pipeline& pipeline,
                                            const PrometheusOptions& options,
                                            const Environment& environment);

// The rules by which the JMX exporter of a Kafka broker or Connect worker names what it tells: what
// the rules above ask for.
std::string KafkaExporterRules();

}  // namespace headrace::observe
