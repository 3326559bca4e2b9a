#include "hudi/earlier_commits.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "base/clock.h"

namespace headrace::hudi {
namespace {

constexpr std::chrono::milliseconds kPause(50);

std::optional<Instant> EarlierCommit(const Timeline& timeline, const Instant& service) {
  for (const Instant& instant : timeline.instants())
    if (instant.is_write() && instant.state != InstantState::kCompleted &&
        instant.time < service.time)
      return instant;
  return std::nullopt;
}

}  // namespace

Status AwaitEarlierCommits(Table& table, const Instant& service, int64_t wait_us_max) {
  const int64_t end_us = MonotonicMicros() + wait_us_max;
  while (const auto commit = EarlierCommit(table.timeline(), service)) {
    if (MonotonicMicros() >= end_us)
      return UserError(
          fmt::format("the {} {} of {} has been in flight since before the {} {}", commit->action,
                      commit->time, table.storage().root(), service.action, service.time),
          "its writer is still at work, or it died: then open the table for writing, "
          "or stop the pipeline and run `headrace table compact --stopped`");
    std::this_thread::sleep_for(
        std::min<std::chrono::microseconds>(kPause, std::chrono::microseconds(wait_us_max)));
    RETURN_NOT_OK(table.Refresh());
  }
  return Status::OK();
}

}  // namespace headrace::hudi
