#include "log/kafka_takeover.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "base/clock.h"
#include "base/logging.h"

namespace headrace::log {
namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(200);

}  // namespace

std::string HalfText(Half half, const std::string& pipeline) {
  return fmt::format("{} of pipeline '{}'", half == Half::kIngest ? "ingestion" : "processing",
                     pipeline);
}

std::string CursorTopicName(const std::string& prefix) { return prefix + "headrace-cursors"; }

Status WaitUntilFree(CursorTopic& topic, Half half, const std::stop_token& stop) {
  constexpr auto kUncommitted = CursorTopic::Isolation::kUncommitted;
  StoredCursors seen;
  RETURN_NOT_OK(topic.Read(half, kUncommitted, &seen));
  if (!seen.claim || seen.claim->is_released || HasEnded(*seen.claim)) return Status::OK();
  const Claim last = *seen.claim;
  LogInfo("log", "{}: waiting whether {} is still there", HalfText(half, last.pipeline),
          HolderText(last));
  const int64_t end_us = MonotonicMicros() + kSessionUs;
  while (MonotonicMicros() < end_us) {
    if (stop.stop_requested()) return Status::Cancelled("stopped while waiting for another run");
    std::this_thread::sleep_for(kLookEvery);
    RETURN_NOT_OK(topic.Read(half, kUncommitted, &seen));
    if (seen.claim->is_released || HasEnded(*seen.claim)) return Status::OK();
    if (seen.claim->run == last.run && seen.claim->number == last.number) continue;
    return UserError(
        fmt::format("{} is done by {}", HalfText(half, last.pipeline), HolderText(*seen.claim)),
        fmt::format("one run at a time may do it; stop that one, or wait: where it died this one "
                    "may begin after {} s",
                    kSessionUs / 1'000'000));
  }
  LogInfo("log", "{}: taken over from {}, which didn't show itself", HalfText(half, last.pipeline),
          HolderText(last));
  return Status::OK();
}

Status CheckPipeline(const std::optional<Claim>& last, const std::string& pipeline,
                     const std::string& prefix) {
  if (!last || last->pipeline == pipeline) return Status::OK();
  return UserError(
      fmt::format("the Kafka topics '{}*' are those of pipeline '{}'", prefix, last->pipeline),
      "give each pipeline another 'topic_prefix'");
}

Status CheckState(const std::optional<Claim>& last, const EngineState& state) {
  if (state.is_reset) return Status::OK();
  if (!last) {
    if (state.epoch == 0) return Status::OK();
    return UserError(fmt::format("the state in {} has processed another log, up to epoch {}; this "
                                 "one was never processed",
                                 state.folder, state.epoch),
                     "begin with an empty state folder, or run once with --reset-state");
  }
  if (last->epoch == 0) return Status::OK();  // Nothing came of it.
  if (last->state != state.id) {
    return UserError(
        fmt::format("the log was processed up to epoch {} with the state in {} on host '{}', which "
                    "isn't the one in {}",
                    last->epoch, last->folder, last->host, state.folder),
        "move that folder here and start again; without it run once with --reset-state, which "
        "processes again what the log still holds");
  }
  if (last->epoch > state.epoch) {
    return UserError(
        fmt::format("the log was processed up to epoch {}, but the state in {} ends at epoch {}",
                    last->epoch, state.folder, state.epoch),
        "the state is an older copy; take the newest, or run once with --reset-state");
  }
  return Status::OK();
}

}  // namespace headrace::log
