#include "engine/epoch_committer.h"

#include <utility>

#include "base/fault.h"

namespace headrace::engine {

Status EpochCommitter::Commit(const ComputedEpoch& epoch, const std::stop_token& stop) {
  const EpochPlan& plan = epoch.plan;
  FaultPoint("engine.before_plan");
  if (!store_->planned() || store_->planned()->number != plan.number)
    RETURN_NOT_OK(store_->StorePlan(plan));
  FaultPoint("engine.after_plan");
  RETURN_NOT_OK(side_topics_.Write(epoch.aside, plan.clock_us));
  RETURN_NOT_OK(log_.BeginCommit(plan.number));
  RETURN_NOT_OK(side_topics_.Commit(plan.number));
  RETURN_NOT_OK(CommitSinks(epoch, stop));
  FaultPoint("engine.before_checkpoint");
  RETURN_NOT_OK(Checkpoint(epoch));
  FaultPoint("engine.after_checkpoint");
  metrics_.epoch.Set(static_cast<double>(plan.number));
  metrics_.last_epoch_end.Set(static_cast<double>(clock_.NowMicros()) / 1e6);
  return Status::OK();
}

Status EpochCommitter::CommitSinks(const ComputedEpoch& epoch, const std::stop_token& stop) {
  const EpochPlan& plan = epoch.plan;
  for (size_t i = 0; i < sinks_.size(); ++i) {
    OpenSink& sink = sinks_[i];
    if (sink.last_epoch < plan.number) {
      const ComputedEpoch::Output& output = epoch.outputs[i];
      for (const ChangeBatch& batch : output.batches) RETURN_NOT_OK(sink.sink->Write(batch));
      const Status status =
          sink.sink->Commit({pipeline_, plan.number, plan.clock_us, output.offsets}, stop);
      if (!status.ok()) return WithContext("sink '" + sink.name + "'", status);
      sink.last_epoch = plan.number;
    }
    FaultPoint("engine.between_sinks");
  }
  return Status::OK();
}

Status EpochCommitter::Checkpoint(const ComputedEpoch& epoch) {
  const int64_t begun_us = MonotonicMicros();
  RETURN_NOT_OK(store_->StoreCheckpoint(epoch.plan, epoch.changes));
  metrics_.checkpoint_seconds.Observe(static_cast<double>(MonotonicMicros() - begun_us) / 1e6);
  return Status::OK();
}

}  // namespace headrace::engine
