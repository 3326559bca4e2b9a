// Commits what epochs computed, one after the other: their plan, what they put aside, their changes
// in the sinks, their checkpoint (docs/ARCHITECTURE.md, "Epochs").
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/change_batch.h"
#include "base/clock.h"
#include "base/status.h"
#include "engine/checkpoint_store.h"
#include "engine/engine_metrics.h"
#include "engine/side_records.h"
#include "engine/side_topics.h"
#include "log/log.h"
#include "sink/sink.h"

namespace headrace::engine {

// What an epoch computed. Whole: its commit needs nothing else, so the next may be computed
// meanwhile.
struct ComputedEpoch {
  EpochPlan plan;
  struct Output {
    std::vector<ChangeBatch> batches;
    std::vector<sink::SourceOffset> offsets;  // up to where its rows are computed
  };
  std::vector<Output> outputs;  // by sink
  SideRecords aside;
  std::vector<CheckpointStore::OperatorChanges> changes;
};

struct OpenSink {
  std::string name;
  std::string relation;
  std::unique_ptr<sink::Sink> sink;
  int64_t last_epoch = 0;  // that it holds
};

// Used by one thread at a time.
class EpochCommitter {
 public:
  // `pipeline` is its name. All others must outlive the committer.
  EpochCommitter(std::string pipeline, log::Log& log, Clock& clock, EngineMetrics& metrics)
      : pipeline_(pipeline),
        log_(log),
        clock_(clock),
        metrics_(metrics),
        side_topics_(log, std::move(pipeline)) {}

  void SetStore(CheckpointStore* store) { store_ = store; }
  void AddSink(OpenSink sink) { sinks_.push_back(std::move(sink)); }

  // Makes the epoch visible and durable. Errors: what a sink could not commit, or the disk; the
  // next run does the epoch again.
  Status Commit(const ComputedEpoch& epoch, const std::stop_token& stop);

  const std::vector<OpenSink>& sinks() const { return sinks_; }

 private:
  Status CommitSinks(const ComputedEpoch& epoch, const std::stop_token& stop);
  Status Checkpoint(const ComputedEpoch& epoch);

  const std::string pipeline_;
  log::Log& log_;
  Clock& clock_;
  EngineMetrics& metrics_;
  CheckpointStore* store_ = nullptr;
  std::vector<OpenSink> sinks_;
  SideTopics side_topics_;
};

}  // namespace headrace::engine
