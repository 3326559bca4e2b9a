// One run of a pipeline in this process: its log, its sources, each in a thread, and the engine,
// which reads what they append; and the connectors of Kafka Connect that it keeps running.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "connect/connector.h"
#include "engine/runner.h"
#include "log/open_log.h"
#include "metrics/registry.h"
#include "metrics/server.h"
#include "pipeline/pipeline.h"
#include "source/source.h"

namespace headrace::cli {

struct RunOptions {
  bool ingest = true;   // run the sources
  bool process = true;  // run the engine
  bool until_caught_up = false;
  bool reset_state = false;  // forget what the engine kept, and process the topics anew
};

// What a run did so far.
struct RunReport {
  int64_t records_polled = 0;
  int64_t records_kept = 0;  // appended to the log
  int64_t records_quarantined = 0;
  int64_t records_late = 0;
  int64_t records_processed = 0;
  int64_t epochs = 0;
  int64_t elapsed_us = 0;
  std::map<std::string, connect::State> connectors;  // of sources and sinks, by their names
  std::vector<engine::RunTotals::SinkEntry> sinks;
};

// Run() is called once; Report() at any time from any thread.
class PipelineRun {
 public:
  // Opens everything: the state folder, the metrics server, the sinks; waits until connectors of
  // Kafka Connect run. Nothing flows yet.
  //
  // Errors: user errors where the state is in use by another run or something that is there doesn't
  // fit; Cancelled where `stop` is requested.
  static Result<std::unique_ptr<PipelineRun>> Open(pipeline::Pipeline pipeline,
                                                   const RunOptions& options,
                                                   const std::stop_token& stop);
  ~PipelineRun();

  // Runs until `stop` is requested, or with until_caught_up until all that the sources offer is
  // processed; then the epoch that runs is finished. The first error of a part stops the others and
  // is returned.
  Status Run(const std::stop_token& stop);

  RunReport Report() const;

  // Where /metrics is served; empty where it is off.
  std::string metrics_address() const;

 private:
  PipelineRun(pipeline::Pipeline pipeline, const RunOptions& options);
  Status OpenParts(const std::stop_token& stop);
  Status OpenConnectors(const std::stop_token& stop);
  Status OpenSources();
  std::set<log::Log*> OpenLogs() const;

  pipeline::Pipeline pipeline_;
  RunOptions options_;
  int64_t started_us_ = 0;
  metrics::Registry registry_;
  std::shared_ptr<void> process_metrics_;
  log::OpenedLogs logs_;
  std::vector<std::unique_ptr<connect::Connector>> connectors_;
  std::vector<std::unique_ptr<source::Source>> sources_;
  std::unique_ptr<engine::Runner> runner_;
  std::unique_ptr<http::Listener> server_;
  std::atomic<bool> failed_{false};
};

}  // namespace headrace::cli
