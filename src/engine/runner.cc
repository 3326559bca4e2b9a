#include "engine/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <set>
#include <thread>
#include <utility>

#include "base/fault.h"
#include "base/logging.h"
#include "base/workers.h"
#include "engine/checkpoint_store.h"
#include "engine/dataflow.h"
#include "engine/engine_metrics.h"
#include "engine/epoch_committer.h"
#include "engine/epoch_planner.h"
#include "engine/epoch_reader.h"
#include "engine/inputs.h"
#include "engine/state_check.h"
#include "http/retry.h"

namespace headrace::engine {
namespace {

// How long an idle run waits before it looks again whether it is to end.
constexpr int64_t kIdleWaitUs = 50'000;

class PipelineRunner : public Runner {
 public:
  PipelineRunner(const pipeline::Pipeline& pipeline, log::Log& log, metrics::Registry& registry,
                 Clock& clock)
      : pipeline_(pipeline),
        log_(log),
        registry_(registry),
        clock_(clock),
        metrics_(registry),
        planner_(pipeline.name, pipeline.commit_every_us),
        inputs_(pipeline, log, planner_),
        committer_(pipeline.name, log, clock, metrics_),
        workers_(pipeline.threads > 0 ? pipeline.threads
                                      : static_cast<int>(std::thread::hardware_concurrency())) {}

  Status Open(const RunnerOptions& options);
  Status Run(std::stop_token stop, std::function<bool()> inputs_done) override;
  RunTotals totals() const override;

 private:
  Status OpenSinks(const RunnerOptions& options);
  Status RestoreState();
  int64_t LastKnownEpoch() const;
  Status NumberEpochs(bool reset, int64_t last_epoch);

  Status RunEpochs(const std::stop_token& stop, const std::function<bool()>& inputs_done);
  Status RunEpoch(EpochPlan plan, const std::stop_token& stop);
  Status ComputeEpoch(ComputedEpoch* epoch, const std::stop_token& stop);
  Status ComputeMicroBatch(std::vector<SourceSlice> slices, ComputedEpoch* epoch);
  Status KeepBadRecords(const SourceSlice& slice, SideRecords* aside);
  Status KeepRejectedRows(const MicroBatch& context, SideRecords* aside);
  std::vector<sink::SourceOffset> OffsetsOf(const std::string& relation) const;
  Status SaveChanges(ComputedEpoch* epoch);
  Status FinishCommit();
  bool FailsOnBadRecord(const std::string& relation) const;
  void UpdateLag();
  void PublishTotals();

  const pipeline::Pipeline& pipeline_;
  log::Log& log_;
  metrics::Registry& registry_;
  Clock& clock_;
  EngineMetrics metrics_;
  DataflowPlan plan_;
  std::unique_ptr<CheckpointStore> store_;
  std::unique_ptr<Dataflow> dataflow_;
  EpochPlanner planner_;
  Inputs inputs_;
  EpochCommitter committer_;
  Offsets offsets_;  // after the epoch that was computed last
  int64_t next_epoch_ = 1;
  int64_t first_epoch_ = 0;  // of a state that has none yet; 0: it has
  bool fingerprints_saved_ = false;
  bool failed_ = false;

  mutable std::mutex mutex_;  // guards published_
  RunTotals published_;
  RunTotals totals_;
  std::shared_ptr<void> lag_updates_;

  // These go first: they use what is above.
  Workers workers_;
  // The epoch that is committed while the next is computed.
  struct Commit {
    ComputedEpoch epoch;
    double begin = 0;  // Unix time
    int64_t bytes = 0;
    int64_t compute_us = 0;
  };
  std::unique_ptr<const Commit> commit_;
  std::stop_source stop_commit_;
  std::future<Result<int64_t>> committed_;  // how long it took
};

Status PipelineRunner::Open(const RunnerOptions& options) {
  ASSIGN_OR_RAISE(plan_, PlanDataflow(pipeline_));
  ASSIGN_OR_RAISE(store_, CheckpointStore::Open(pipeline_.state + "/checkpoint"));
  if (options.reset_state) RETURN_NOT_OK(store_->Reset());
  RETURN_NOT_OK(CheckState(plan_, *store_));
  // Before a sink is opened: that may fence off the run that has it now.
  ASSIGN_OR_RAISE(const int64_t last_epoch, log_.Claim({.id = store_->id(),
                                                        .folder = pipeline_.state,
                                                        .epoch = LastKnownEpoch(),
                                                        .is_reset = options.reset_state}));
  ASSIGN_OR_RAISE(dataflow_, Dataflow::Open(plan_, workers_));
  RETURN_NOT_OK(OpenSinks(options));
  RETURN_NOT_OK(NumberEpochs(options.reset_state, last_epoch));
  committer_.SetStore(store_.get());
  offsets_ = store_->offsets();
  RETURN_NOT_OK(inputs_.Open(offsets_));
  RETURN_NOT_OK(RestoreState());
  for (const pipeline::View& view : pipeline_.views) totals_.views.push_back({view.name, 0, 0});
  for (const pipeline::Source& source : pipeline_.sources) metrics_.AddQuarantined(source.name, 0);
  PublishTotals();
  lag_updates_ = registry_.BeforeText([this] { UpdateLag(); });
  return Status::OK();
}

Status PipelineRunner::OpenSinks(const RunnerOptions& options) {
  for (const pipeline::Sink& definition : pipeline_.sinks) {
    const auto output = plan_.outputs.find(definition.from);
    if (output == plan_.outputs.end()) {
      return Status::Invalid("sink '", definition.name, "' reads '", definition.from,
                             "', which is not there");
    }
    const arrow::Schema& schema = *plan_.nodes[output->second].output;
    arrow::FieldVector fields = schema.fields();
    fields.resize(DataColumns(schema));
    auto data = arrow::schema(std::move(fields));
    Result<std::unique_ptr<sink::Sink>> made =
        options.make_sink != nullptr
            ? options.make_sink(definition, std::move(data))
            : sink::MakeSink(pipeline_, definition, std::move(data), log_, registry_);
    ASSIGN_OR_RAISE(auto sink, std::move(made));
    ASSIGN_OR_RAISE(const int64_t last, sink->LastCommittedEpoch());
    committer_.AddSink({definition.name, definition.from, std::move(sink), last});
  }
  return Status::OK();
}

// Of the state: planned or completed.
int64_t PipelineRunner::LastKnownEpoch() const {
  const bool planned = store_->planned().has_value();
  return std::max(store_->completed_epoch(), planned ? store_->planned()->number : 0);
}

// Epochs go on after the last that the state knows. A state that knows none (a new one, or reset)
// goes on after what the sinks and the log hold, for they skip what they take for an epoch of
// theirs.
Status PipelineRunner::NumberEpochs(bool reset, int64_t last_epoch) {
  const int64_t known = LastKnownEpoch();
  int64_t held = last_epoch;
  for (const OpenSink& sink : committer_.sinks()) {
    held = std::max(held, sink.last_epoch);
    if (known == 0 || reset || sink.last_epoch <= known) continue;
    return UserError(fmt::format("sink '{}' holds epoch {}, but the state in {} ends at epoch {}",
                                 sink.name, sink.last_epoch, pipeline_.state, known),
                     "the state is older than the sink, as after restoring a copy of it; restore "
                     "both together, or run once with --reset-state");
  }
  next_epoch_ = std::max(known, known == 0 || reset ? held : 0) + 1;
  if (known == 0 || reset) first_epoch_ = next_epoch_;
  return Status::OK();
}

Status PipelineRunner::RestoreState() {
  const int64_t begun_us = MonotonicMicros();
  int64_t bytes = 0;
  for (size_t i = 0; i < plan_.nodes.size(); ++i) {
    if (!store_->fingerprints().contains(plan_.nodes[i].id)) continue;
    RETURN_NOT_OK(store_->VisitState(plan_.nodes[i].id, [&](std::string_view block) {
      bytes += static_cast<int64_t>(block.size());
      return dataflow_->Restore(static_cast<int>(i), block);
    }));
  }
  if (bytes > 0) {
    LogInfo("engine", "restored {} bytes of state of epoch {} in {} ms", bytes,
            store_->completed_epoch(), (MonotonicMicros() - begun_us) / 1000);
  }
  return Status::OK();
}

Status PipelineRunner::Run(std::stop_token stop, std::function<bool()> inputs_done) {
  if (failed_) return Status::Invalid("the run failed before; open a new runner");
  stop_commit_ = std::stop_source();
  const std::stop_callback stop_commit(stop, [this] { stop_commit_.request_stop(); });
  Status status = RunEpochs(stop, inputs_done);
  if (!status.ok()) stop_commit_.request_stop();
  const Status committed = FinishCommit();
  if (status.ok()) status = committed;
  failed_ = !status.ok();
  if (!status.IsCancelled()) return status;
  LogInfo("engine", "stopped in epoch {}, which the next run does again: {}", next_epoch_,
          status.message());
  return Status::OK();
}

Status PipelineRunner::RunEpochs(const std::stop_token& stop,
                                 const std::function<bool()>& inputs_done) {
  const auto& planned = store_->planned();
  if (planned.has_value() && planned->number > store_->completed_epoch()) {
    LogInfo("engine", "running epoch {} again, which was under way", planned->number);
    RETURN_NOT_OK(RunEpoch(EpochPlan(*planned), stop));
    RETURN_NOT_OK(FinishCommit());
  }
  bool waited_in_vain = false;  // after the sources were done, longer than offsets may be old
  while (!stop.stop_requested()) {
    // Asked first: what the sources appended before they were done is seen below.
    const bool done = inputs_done != nullptr && inputs_done();
    RETURN_NOT_OK(inputs_.Refresh());
    ASSIGN_OR_RAISE(auto ranges, planner_.Plan());
    const bool first_rows = plan_.has_first_rows && next_epoch_ == first_epoch_;
    if (ranges.empty() && !first_rows) {
      if (done && waited_in_vain) break;
      planner_.Wait(kIdleWaitUs);
      waited_in_vain = done;
      continue;
    }
    const int64_t begun_us = MonotonicMicros();
    RETURN_NOT_OK(RunEpoch({next_epoch_, clock_.NowMicros(), std::move(ranges)}, stop));
    if (!done && !planner_.behind())
      http::SleepFor(begun_us + pipeline_.commit_every_us - MonotonicMicros(), stop);
  }
  return Status::OK();
}

// While there is more to do, it is computed beside the commit.
Status PipelineRunner::RunEpoch(EpochPlan plan, const std::stop_token& stop) {
  auto commit = std::make_unique<Commit>();
  commit->begin = static_cast<double>(clock_.NowMicros()) / 1e6;
  if (commit_ == nullptr) metrics_.epoch_begin.Set(commit->begin);
  const int64_t begun_us = MonotonicMicros();
  const int64_t bytes_before = totals_.bytes;
  commit->epoch.plan = std::move(plan);
  RETURN_NOT_OK(ComputeEpoch(&commit->epoch, stop));
  commit->bytes = totals_.bytes - bytes_before;
  commit->compute_us = MonotonicMicros() - begun_us;
  FaultPoint("engine.after_run");
  planner_.Computed(commit->epoch.plan.ranges);
  next_epoch_ = commit->epoch.plan.number + 1;
  metrics_.Update(*dataflow_);

  RETURN_NOT_OK(FinishCommit());
  commit_ = std::move(commit);
  metrics_.epoch_begin.Set(commit_->begin);
  committed_ = std::async(
      std::launch::async,
      [this, &epoch = commit_->epoch, stop_commit = stop_commit_.get_token()]() -> Result<int64_t> {
        const int64_t commit_begun_us = MonotonicMicros();
        RETURN_NOT_OK(committer_.Commit(epoch, stop_commit));
        return MonotonicMicros() - commit_begun_us;
      });
  return planner_.behind() && workers_.beside() ? Status::OK() : FinishCommit();
}

// Waits for the commit that is under way, if any.
Status PipelineRunner::FinishCommit() {
  if (commit_ == nullptr) return Status::OK();
  const std::unique_ptr<const Commit> commit = std::move(commit_);
  ASSIGN_OR_RAISE(const int64_t commit_us, committed_.get());
  const int64_t took_us = commit->compute_us + commit_us;
  metrics_.epoch_begin.Set(0);
  metrics_.epoch_seconds.Observe(static_cast<double>(took_us) / 1e6);
  RETURN_NOT_OK(planner_.Completed(commit->epoch.plan.ranges, took_us, commit->bytes));
  ++totals_.epochs;
  totals_.last_epoch = commit->epoch.plan.number;
  PublishTotals();
  return Status::OK();
}

Status PipelineRunner::ComputeEpoch(ComputedEpoch* epoch, const std::stop_token& stop) {
  epoch->outputs.resize(committer_.sinks().size());
  ASSIGN_OR_RAISE(EpochReader reader, EpochReader::Open(inputs_, workers_, epoch->plan.ranges));
  do {  // also where there are no records: some views have rows before any
    const int64_t begun_us = MonotonicMicros();
    ASSIGN_OR_RAISE(auto slices, reader.Next(stop));
    RETURN_NOT_OK(ComputeMicroBatch(std::move(slices), epoch));
    metrics_.batch_seconds.Observe(static_cast<double>(MonotonicMicros() - begun_us) / 1e6);
  } while (!reader.done());
  for (const EpochRange& range : epoch->plan.ranges)
    offsets_[{range.topic, range.partition}] = range.end;
  for (size_t i = 0; i < epoch->outputs.size(); ++i)
    epoch->outputs[i].offsets = OffsetsOf(committer_.sinks()[i].relation);
  return SaveChanges(epoch);
}

Status PipelineRunner::ComputeMicroBatch(std::vector<SourceSlice> slices, ComputedEpoch* epoch) {
  std::map<std::string, std::vector<Changes>> inputs;
  for (SourceSlice& slice : slices) {
    totals_.records += slice.records;
    totals_.bytes += slice.bytes;
    metrics_.AddRecords(slice.topic, slice.records, slice.bytes);
    RETURN_NOT_OK(KeepBadRecords(slice, &epoch->aside));
    auto& batches = inputs[slice.source->name];
    std::move(slice.batches.begin(), slice.batches.end(), std::back_inserter(batches));
  }
  MicroBatch context;
  context.now_us = epoch->plan.clock_us;
  RETURN_NOT_OK(dataflow_->Run(std::move(inputs), context));
  RETURN_NOT_OK(KeepRejectedRows(context, &epoch->aside));
  for (const MicroBatch::LateRows& late : context.late) epoch->aside.KeepLate(late);
  for (size_t i = 0; i < epoch->outputs.size(); ++i) {
    for (const Changes& changes : dataflow_->output(committer_.sinks()[i].relation).batches)
      epoch->outputs[i].batches.push_back(changes.batch);
  }
  return Status::OK();
}

Status PipelineRunner::KeepBadRecords(const SourceSlice& slice, SideRecords* aside) {
  if (slice.bad.empty()) return Status::OK();
  const pipeline::Source& source = *slice.source;
  const SourceSlice::BadRecord& first = slice.bad.front();
  if (source.fail_on_bad_record) {
    return UserError(fmt::format("record {} of topic '{}', partition {}, does not fit: {} at '{}'",
                                 first.origin.offset, first.origin.topic, first.origin.partition,
                                 first.reason, first.path),
                     "the source says on_error: fail; without it the record goes to " +
                         source.name + ".quarantine");
  }
  for (const SourceSlice::BadRecord& bad : slice.bad) aside->Quarantine(source.name, bad);
  totals_.quarantined += std::ssize(slice.bad);
  metrics_.AddQuarantined(source.name, std::ssize(slice.bad));
  return Status::OK();
}

Status PipelineRunner::KeepRejectedRows(const MicroBatch& context, SideRecords* aside) {
  for (const MicroBatch::RejectedRow& row : context.rejected) {
    const std::string& relation =
        row.origin.has_value() ? inputs_.Find(row.origin->topic)->source().name : row.view;
    if (FailsOnBadRecord(row.view)) {
      const std::string place =
          row.origin.has_value()
              ? fmt::format("record {} of topic '{}', partition {}", row.origin->offset,
                            row.origin->topic, row.origin->partition)
              : "the row " + row.row_json;
      return UserError(fmt::format("view '{}' failed on {}: {}", row.view, place, row.reason),
                       "its source says on_error: fail; without it the record goes to " + relation +
                           ".quarantine");
    }
    aside->Quarantine(relation, row);
    ++totals_.quarantined;
    metrics_.AddQuarantined(relation, 1);
  }
  return Status::OK();
}

// Whether some source that `relation` is computed from says on_error: fail.
bool PipelineRunner::FailsOnBadRecord(const std::string& relation) const {
  const std::set<std::string> sources = SourcesOf(plan_, relation);
  return std::ranges::any_of(pipeline_.sources, [&](const pipeline::Source& source) {
    return source.fail_on_bad_record && sources.contains(source.name);
  });
}

// Up to where the records are read that `relation` is computed from.
std::vector<sink::SourceOffset> PipelineRunner::OffsetsOf(const std::string& relation) const {
  const std::set<std::string> sources = SourcesOf(plan_, relation);
  std::vector<sink::SourceOffset> found;
  for (const auto& [place, next] : offsets_) {
    const SourceReader* const reader = inputs_.Find(place.first);
    if (reader == nullptr || !sources.contains(reader->source().name)) continue;
    found.push_back({.topic = place.first, .partition = place.second, .next_offset = next});
    if (sources.size() == 1) found.back().kafka_topic = inputs_.KafkaTopicOf(place.first);
  }
  return found;
}

Status PipelineRunner::SaveChanges(ComputedEpoch* epoch) {
  std::map<std::string, StateBlock> blocks;
  RETURN_NOT_OK(dataflow_->SaveChanges([&](const DataflowNode& node, StateBlock block) {
    blocks[node.id] = std::move(block);
    return Status::OK();
  }));
  for (const DataflowNode& node : plan_.nodes) {
    if (node.plan == nullptr || !node.plan->stateful()) continue;
    const auto block = blocks.find(node.id);
    // Once, so that a changed query is noticed even where its state is empty.
    if (block == blocks.end() && fingerprints_saved_) continue;
    epoch->changes.push_back({node.id, node.fingerprint,
                              block == blocks.end() ? StateBlock() : std::move(block->second)});
  }
  fingerprints_saved_ = true;
  return Status::OK();
}

// Called from any thread.
void PipelineRunner::UpdateLag() {
  const Result<Offsets> lag = planner_.Lag();
  if (!lag.ok()) return;
  for (const auto& [place, records] : *lag) metrics_.SetLag(place.first, place.second, records);
}

void PipelineRunner::PublishTotals() {
  totals_.late = 0;
  std::map<std::string, RunTotals::View> views;
  const std::vector<OperatorReport> reports = dataflow_->Report();
  for (const OperatorReport& report : reports) {
    views[report.node->relation].late += report.late;
    totals_.late += report.late;
  }
  for (RunTotals::View& view : totals_.views) {
    view.late = views[view.name].late;
    view.rows = reports[plan_.outputs.at(view.name)].rows;
  }
  totals_.sinks.clear();
  for (const OpenSink& sink : committer_.sinks())
    totals_.sinks.push_back({sink.name, sink.sink->totals()});
  const std::lock_guard lock(mutex_);
  published_ = totals_;
}

RunTotals PipelineRunner::totals() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

}  // namespace

Result<std::unique_ptr<Runner>> Runner::Open(const pipeline::Pipeline& pipeline, log::Log& log,
                                             metrics::Registry& registry, Clock& clock,
                                             RunnerOptions options) {
  auto runner = std::make_unique<PipelineRunner>(pipeline, log, registry, clock);
  RETURN_NOT_OK(runner->Open(options));
  return runner;
}

}  // namespace headrace::engine
