#include "engine/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/fault.h"
#include "base/logging.h"
#include "engine/checkpoint_store.h"
#include "engine/dataflow.h"
#include "engine/engine_metrics.h"
#include "engine/epoch_planner.h"
#include "engine/inputs.h"
#include "engine/side_topics.h"
#include "engine/state_check.h"
#include "http/retry.h"

namespace headrace::engine {
namespace {

// Bounds of a micro-batch, for each partition: large enough that what a batch costs by itself
// doesn't count, small enough for the processor's cache.
constexpr log::ReadLimits kMicroBatch{.records = 16 << 10, .bytes = 4 << 20};
// How long an idle run waits before it looks again whether it is to end.
constexpr int64_t kIdleWaitUs = 50'000;

struct OpenSink {
  std::string name;
  std::string relation;
  std::unique_ptr<sink::Sink> sink;
  int64_t last_epoch = 0;  // that it holds
};

class PipelineRunner : public Runner {
 public:
  PipelineRunner(const pipeline::Pipeline& pipeline, log::Log& log, metrics::Registry& registry,
                 Clock& clock)
      : pipeline_(pipeline),
        log_(log),
        registry_(registry),
        clock_(clock),
        metrics_(registry),
        side_topics_(log, pipeline.name),
        planner_(pipeline.name, pipeline.commit_every_us),
        inputs_(pipeline, log, planner_) {}

  Status Open(const RunnerOptions& options);
  Status Run(std::stop_token stop, std::function<bool()> inputs_done) override;
  RunTotals totals() const override;

 private:
  Status OpenSinks(const RunnerOptions& options);
  Status RestoreState();
  int64_t LastKnownEpoch() const;
  Status NumberEpochs(bool reset, int64_t last_epoch);

  Status RunEpochs(const std::stop_token& stop, const std::function<bool()>& inputs_done);
  Status RunEpoch(const EpochPlan& plan, const std::stop_token& stop);
  Status ComputeEpoch(const EpochPlan& plan, const std::stop_token& stop);
  Status ComputeMicroBatch(std::vector<EpochRange>* left, int64_t now_us,
                           const std::stop_token& stop);
  Result<SourceSlice> ReadSlice(SourceReader& reader, const EpochRange& range,
                                const std::stop_token& stop);
  Status KeepBadRecords(const SourceSlice& slice, const pipeline::Source& source);
  Status KeepRejectedRows(const MicroBatch& context);
  Status WriteToSinks();
  Status CommitSinks(const EpochPlan& plan, const std::stop_token& stop);
  std::vector<sink::SourceOffset> OffsetsOf(const EpochPlan& plan,
                                            const std::string& relation) const;
  Status Checkpoint(const EpochPlan& plan);
  bool FailsOnBadRecord(const std::string& relation) const;
  void UpdateLag();
  double Now() const;
  void PublishTotals();

  const pipeline::Pipeline& pipeline_;
  log::Log& log_;
  metrics::Registry& registry_;
  Clock& clock_;
  EngineMetrics metrics_;
  DataflowPlan plan_;
  std::unique_ptr<CheckpointStore> store_;
  std::unique_ptr<Dataflow> dataflow_;
  std::vector<OpenSink> sinks_;
  SideTopics side_topics_;
  EpochPlanner planner_;
  Inputs inputs_;
  int64_t next_epoch_ = 1;
  int64_t first_epoch_ = 0;  // of a state that has none yet; 0: it has
  bool fingerprints_stored_ = false;
  bool failed_ = false;

  mutable std::mutex mutex_;  // guards published_
  RunTotals published_;
  RunTotals totals_;
  std::shared_ptr<void> lag_updates_;  // goes first
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
  ASSIGN_OR_RAISE(dataflow_, Dataflow::Open(plan_));
  RETURN_NOT_OK(OpenSinks(options));
  RETURN_NOT_OK(NumberEpochs(options.reset_state, last_epoch));
  RETURN_NOT_OK(inputs_.Open(store_->offsets()));
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
    sinks_.push_back({definition.name, definition.from, std::move(sink), last});
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
  for (const OpenSink& sink : sinks_) {
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
  const Status status = RunEpochs(stop, inputs_done);
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
    FaultPoint("engine.before_plan");
    EpochPlan plan{next_epoch_, clock_.NowMicros(), std::move(ranges)};
    RETURN_NOT_OK(store_->StorePlan(plan));
    FaultPoint("engine.after_plan");
    RETURN_NOT_OK(RunEpoch(plan, stop));
    if (!done && !planner_.behind())
      http::SleepFor(begun_us + pipeline_.commit_every_us - MonotonicMicros(), stop);
  }
  return Status::OK();
}

Status PipelineRunner::RunEpoch(const EpochPlan& plan, const std::stop_token& stop) {
  const int64_t begun_us = MonotonicMicros();
  const int64_t bytes_before = totals_.bytes;
  metrics_.epoch_begin.Set(Now());
  RETURN_NOT_OK(ComputeEpoch(plan, stop));
  FaultPoint("engine.after_run");
  RETURN_NOT_OK(CommitSinks(plan, stop));
  FaultPoint("engine.before_checkpoint");
  RETURN_NOT_OK(Checkpoint(plan));
  FaultPoint("engine.after_checkpoint");
  next_epoch_ = plan.number + 1;
  const int64_t took_us = MonotonicMicros() - begun_us;
  metrics_.epoch_seconds.Observe(static_cast<double>(took_us) / 1e6);
  metrics_.epoch.Set(static_cast<double>(plan.number));
  metrics_.epoch_begin.Set(0);
  metrics_.last_epoch_end.Set(Now());
  RETURN_NOT_OK(planner_.Advance(plan.ranges, took_us, totals_.bytes - bytes_before));
  ++totals_.epochs;
  totals_.last_epoch = plan.number;
  metrics_.Update(*dataflow_);
  PublishTotals();
  return Status::OK();
}

Status PipelineRunner::ComputeEpoch(const EpochPlan& plan, const std::stop_token& stop) {
  side_topics_.SetNow(plan.clock_us);
  std::vector<EpochRange> left = plan.ranges;
  do {
    const int64_t begun_us = MonotonicMicros();
    RETURN_NOT_OK(ComputeMicroBatch(&left, plan.clock_us, stop));
    metrics_.batch_seconds.Observe(static_cast<double>(MonotonicMicros() - begun_us) / 1e6);
  } while (!left.empty());
  return Status::OK();
}

// Takes some records of each range that is left. Which, depends on the records alone.
Status PipelineRunner::ComputeMicroBatch(std::vector<EpochRange>* left, int64_t now_us,
                                         const std::stop_token& stop) {
  std::map<std::string, std::vector<Changes>> inputs;
  for (EpochRange& range : *left) {
    SourceReader* const reader = inputs_.Find(range.topic);
    if (reader == nullptr) {
      return UserError(
          fmt::format("the epoch that was under way reads '{}', which is no source any more",
                      range.topic),
          "put the source back and let the epoch finish");
    }
    if (range.begin == range.end) continue;
    ASSIGN_OR_RAISE(SourceSlice slice, ReadSlice(*reader, range, stop));
    range.begin = slice.next_offset;
    totals_.records += slice.records;
    totals_.bytes += slice.bytes;
    metrics_.AddRecords(range.topic, slice.records, slice.bytes);
    RETURN_NOT_OK(KeepBadRecords(slice, reader->source()));
    auto& batches = inputs[reader->source().name];
    std::move(slice.batches.begin(), slice.batches.end(), std::back_inserter(batches));
  }
  std::erase_if(*left, [](const EpochRange& range) { return range.begin >= range.end; });
  MicroBatch context;
  context.now_us = now_us;
  RETURN_NOT_OK(dataflow_->Run(std::move(inputs), context));
  RETURN_NOT_OK(KeepRejectedRows(context));
  for (const MicroBatch::LateRows& late : context.late) {
    RETURN_NOT_OK(side_topics_.KeepLate(late));
  }
  return WriteToSinks();
}

// What a planned epoch reads is there; while its server doesn't answer the epoch waits. A stop ends
// the waiting with Cancelled: the next run does the epoch again.
Result<SourceSlice> PipelineRunner::ReadSlice(SourceReader& reader, const EpochRange& range,
                                              const std::stop_token& stop) {
  http::Backoff backoff({.first_delay_us = 100'000, .delay_us_max = 5'000'000},
                        static_cast<uint64_t>(MonotonicMicros()));
  while (true) {
    auto slice = reader.Read(range.partition, range.begin, range.end, kMicroBatch);
    if (slice.ok() || KindOf(slice.status()) != ErrorKind::kTransient) return slice;
    LogWarning("engine", "{}; the epoch waits", slice.status().message());
    if (!http::SleepFor(backoff.Next(std::nullopt).value_or(0), stop))
      return Status::Cancelled(slice.status().message());
    RETURN_NOT_OK(inputs_.Refresh());
  }
}

Status PipelineRunner::KeepBadRecords(const SourceSlice& slice, const pipeline::Source& source) {
  if (slice.bad.empty()) return Status::OK();
  const SourceSlice::BadRecord& first = slice.bad.front();
  if (source.fail_on_bad_record) {
    return UserError(fmt::format("record {} of topic '{}', partition {}, does not fit: {} at '{}'",
                                 first.origin.offset, first.origin.topic, first.origin.partition,
                                 first.reason, first.path),
                     "the source says on_error: fail; without it the record goes to " +
                         source.name + ".quarantine");
  }
  for (const SourceSlice::BadRecord& bad : slice.bad) {
    RETURN_NOT_OK(side_topics_.Quarantine(source.name, bad));
  }
  totals_.quarantined += std::ssize(slice.bad);
  metrics_.AddQuarantined(source.name, std::ssize(slice.bad));
  return Status::OK();
}

Status PipelineRunner::KeepRejectedRows(const MicroBatch& context) {
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
    RETURN_NOT_OK(side_topics_.Quarantine(relation, row));
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

Status PipelineRunner::WriteToSinks() {
  for (OpenSink& sink : sinks_) {
    for (const Changes& changes : dataflow_->output(sink.relation).batches) {
      RETURN_NOT_OK(sink.sink->Write(changes.batch));
    }
  }
  return Status::OK();
}

Status PipelineRunner::CommitSinks(const EpochPlan& plan, const std::stop_token& stop) {
  RETURN_NOT_OK(log_.BeginCommit(plan.number));
  RETURN_NOT_OK(side_topics_.Commit(plan.number));
  sink::Epoch epoch{pipeline_.name, plan.number, plan.clock_us, {}};
  for (OpenSink& sink : sinks_) {
    if (sink.last_epoch >= plan.number) {
      sink.sink->Discard();
    } else {
      epoch.offsets = OffsetsOf(plan, sink.relation);
      const Status status = sink.sink->Commit(epoch, stop);
      if (!status.ok()) return WithContext("sink '" + sink.name + "'", status);
      sink.last_epoch = plan.number;
    }
    FaultPoint("engine.between_sinks");
  }
  return Status::OK();
}

// Up to where the records are read that `relation` is computed from, when the epoch is complete.
std::vector<sink::SourceOffset> PipelineRunner::OffsetsOf(const EpochPlan& plan,
                                                          const std::string& relation) const {
  Offsets offsets = store_->offsets();
  for (const EpochRange& range : plan.ranges) offsets[{range.topic, range.partition}] = range.end;
  const std::set<std::string> sources = SourcesOf(plan_, relation);
  std::vector<sink::SourceOffset> found;
  for (const auto& [place, next] : offsets) {
    const SourceReader* const reader = inputs_.Find(place.first);
    if (reader == nullptr || !sources.contains(reader->source().name)) continue;
    found.push_back({.topic = place.first, .partition = place.second, .next_offset = next});
    if (sources.size() == 1) found.back().kafka_topic = inputs_.KafkaTopicOf(place.first);
  }
  return found;
}

Status PipelineRunner::Checkpoint(const EpochPlan& plan) {
  const int64_t begun_us = MonotonicMicros();
  std::map<std::string, StateBlock> blocks;
  RETURN_NOT_OK(dataflow_->SaveChanges([&](const DataflowNode& node, const StateBlock& block) {
    blocks[node.id] = block;
    return Status::OK();
  }));
  std::vector<CheckpointStore::OperatorChanges> changes;
  for (const DataflowNode& node : plan_.nodes) {
    if (node.plan == nullptr || !node.plan->stateful()) continue;
    const auto block = blocks.find(node.id);
    // Once, so that a changed query is noticed even where its state is empty.
    if (block == blocks.end() && fingerprints_stored_) continue;
    changes.push_back({node.id, node.fingerprint,
                       block == blocks.end() ? StateBlock() : std::move(block->second)});
  }
  RETURN_NOT_OK(store_->StoreCheckpoint(plan, changes));
  fingerprints_stored_ = true;
  metrics_.checkpoint_seconds.Observe(static_cast<double>(MonotonicMicros() - begun_us) / 1e6);
  return Status::OK();
}

// Called from any thread.
void PipelineRunner::UpdateLag() {
  const Result<Offsets> lag = planner_.Lag();
  if (!lag.ok()) return;
  for (const auto& [place, records] : *lag) metrics_.SetLag(place.first, place.second, records);
}

double PipelineRunner::Now() const { return static_cast<double>(clock_.NowMicros()) / 1e6; }

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
  for (const OpenSink& sink : sinks_) totals_.sinks.push_back({sink.name, sink.sink->totals()});
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
