#include "cli/pipeline_run.h"

#include <fmt/format.h>

#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/logging.h"
#include "metrics/process_metrics.h"
#include "pipeline/storage_options.h"

namespace headrace::cli {
namespace {

constexpr int64_t kRetentionIntervalUs = 60'000'000;
constexpr int64_t kClaimIntervalUs = 3'000'000;

// The first error of several threads, which also stops the others.
class FirstError {
 public:
  explicit FirstError(std::stop_source& stop) : stop_(stop) {}

  void Set(const Status& status) {
    // Who was waiting for a server when the stop came has nothing to say.
    if (status.ok() || status.IsCancelled()) return;
    const std::lock_guard lock(mutex_);
    if (status_.ok()) status_ = status;
    stop_.request_stop();
  }
  Status status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  mutable std::mutex mutex_;
  std::stop_source& stop_;
  Status status_;
};

// Does now and then what a log needs, until it is stopped.
void KeepLog(log::Log& log, const std::stop_token& stop, FirstError& error) {
  int64_t retention_us = MonotonicMicros();
  int64_t claim_us = retention_us + kClaimIntervalUs;
  while (!stop.stop_requested()) {
    if (MonotonicMicros() >= retention_us) {
      error.Set(log.ApplyRetention(Clock::System().NowMicros()));
      retention_us += kRetentionIntervalUs;
    }
    if (MonotonicMicros() >= claim_us) {
      error.Set(log.KeepClaim());
      claim_us = MonotonicMicros() + kClaimIntervalUs;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace

PipelineRun::PipelineRun(pipeline::Pipeline pipeline, const RunOptions& options)
    : pipeline_(std::move(pipeline)), options_(options), started_us_(MonotonicMicros()) {}

PipelineRun::~PipelineRun() = default;

Result<std::unique_ptr<PipelineRun>> PipelineRun::Open(pipeline::Pipeline pipeline,
                                                       const RunOptions& options,
                                                       const std::stop_token& stop) {
  std::unique_ptr<PipelineRun> run(new PipelineRun(std::move(pipeline), options));
  RETURN_NOT_OK(run->OpenParts(stop));
  return run;
}

Status PipelineRun::OpenParts(const std::stop_token& stop) {
  ASSIGN_OR_RAISE(logs_, log::OpenLogs(pipeline_, options_.ingest, options_.process));
  RETURN_NOT_OK(OpenConnectors(stop));
  if (options_.ingest) RETURN_NOT_OK(OpenSources());
  if (options_.process) {
    ASSIGN_OR_RAISE(runner_,
                    engine::Runner::Open(pipeline_, *logs_.process, registry_, Clock::System(),
                                         {.reset_state = options_.reset_state, .make_sink = {}}));
  }
  if (pipeline_.metrics_listen) {
    process_metrics_ = metrics::WatchProcess(registry_, HEADRACE_VERSION);
    const auto healthy = [this] {
      return failed_ ? std::string("the run is failing; see its log") : std::string();
    };
    ASSIGN_OR_RAISE(server_, metrics::Serve(*pipeline_.metrics_listen, registry_, healthy));
  }
  return Status::OK();
}

// The engine and the sinks find the topics that are made here.
Status PipelineRun::OpenConnectors(const std::stop_token& stop) {
  for (connect::Definition& definition : connect::DefinitionsOf(pipeline_)) {
    if (!(definition.is_source ? options_.ingest : options_.process)) continue;
    connectors_.push_back(std::make_unique<connect::Connector>(std::move(definition), registry_));
    RETURN_NOT_OK(connectors_.back()->Start(stop));
  }
  return Status::OK();
}

Status PipelineRun::OpenSources() {
  RETURN_NOT_OK(logs_.ingest->Claim({}).status());
  for (const pipeline::Source& definition : pipeline_.sources) {
    if (definition.is_log()) continue;
    ASSIGN_OR_RAISE(auto topic, logs_.ingest->OpenTopic(
                                    definition.name, log::TopicOptionsOf(pipeline_, definition)));
    ASSIGN_OR_RAISE(auto source,
                    source::MakeSource(definition, std::move(topic), registry_, Clock::System(),
                                       pipeline::StorageOptionsOf(pipeline_)));
    sources_.push_back(std::move(source));
  }
  return Status::OK();
}

Status PipelineRun::Run(const std::stop_token& stop) {
  std::stop_source stop_all;
  const std::stop_callback forward(stop, [&] { stop_all.request_stop(); });
  const std::set<log::Log*> logs = OpenLogs();
  const std::stop_callback stop_waiting(stop_all.get_token(), [&] {
    for (log::Log* log : logs) log->StopWaiting();
  });
  FirstError error(stop_all);
  std::atomic<size_t> sources_running = sources_.size();

  std::stop_source stop_keeping;
  std::vector<std::jthread> keepers;
  for (log::Log* log : logs)
    keepers.emplace_back([&, log] { KeepLog(*log, stop_keeping.get_token(), error); });
  std::vector<std::jthread> watchers;  // which end only when they are stopped
  watchers.reserve(connectors_.size());
  for (const auto& connector : connectors_)
    watchers.emplace_back(
        [&, connector = connector.get()] { error.Set(connector->Watch(stop_all.get_token())); });
  std::vector<std::jthread> threads;
  threads.reserve(sources_.size());
  for (const auto& source : sources_) {
    threads.emplace_back([&, source = source.get()] {
      error.Set(source->Run(stop_all.get_token(), options_.until_caught_up));
      error.Set(logs_.ingest->KeepClaim());  // What it appended can be read now.
      --sources_running;
    });
  }
  if (runner_ != nullptr) {
    const auto inputs_done = [&] { return options_.until_caught_up && sources_running == 0; };
    error.Set(runner_->Run(stop_all.get_token(), inputs_done));
    if (!error.status().ok()) failed_ = true;
    stop_all.request_stop();
  }
  threads.clear();
  if (options_.until_caught_up) stop_all.request_stop();
  watchers.clear();
  stop_keeping.request_stop();
  keepers.clear();
  failed_ = !error.status().ok();
  return error.status();
}

// Each once: a local log is one for both halves.
std::set<log::Log*> PipelineRun::OpenLogs() const {
  std::set<log::Log*> logs = {logs_.ingest.get(), logs_.process.get()};
  logs.erase(nullptr);
  return logs;
}

RunReport PipelineRun::Report() const {
  RunReport report;
  report.records_polled = static_cast<int64_t>(registry_.Sum("headrace_source_records_total"));
  report.records_kept =
      static_cast<int64_t>(registry_.Sum("headrace_source_records_appended_total"));
  report.elapsed_us = MonotonicMicros() - started_us_;
  for (const auto& connector : connectors_)
    report.connectors[connector->definition().part] = connector->state();
  if (runner_ != nullptr) {
    const engine::RunTotals totals = runner_->totals();
    report.records_quarantined = totals.quarantined;
    report.records_late = totals.late;
    report.records_processed = totals.records;
    report.epochs = totals.epochs;
    report.sinks = totals.sinks;
    for (const auto& [name, sink] : totals.sinks) report.records_quarantined += sink.quarantined;
  }
  return report;
}

std::string PipelineRun::metrics_address() const {
  return server_ == nullptr ? "" : server_->address();
}

}  // namespace headrace::cli
