#include "connect/again.h"

#include <random>

#include "base/clock.h"
#include "http/retry.h"

namespace headrace::connect {
namespace {

constexpr int64_t kActionUs = 60'000'000;
constexpr int64_t kPauseUs = 500'000;

}  // namespace

Status Again(const std::function<Status()>& attempt, const std::stop_token& stop) {
  const int64_t end_us = MonotonicMicros() + kActionUs;
  http::Backoff backoff({.first_delay_us = kPauseUs, .delay_us_max = 4 * kPauseUs},
                        std::random_device()());
  while (true) {
    const Status status = attempt();
    if (status.ok() || KindOf(status) != ErrorKind::kTransient) return status;
    if (MonotonicMicros() > end_us) return status;
    if (!http::SleepFor(backoff.Next(std::nullopt).value_or(kPauseUs), stop))
      return Status::Cancelled("stopped");
  }
}

}  // namespace headrace::connect
