#include "hudi/service_budget.h"

#include <ctime>

#include "base/clock.h"
#include "http/retry.h"

namespace headrace::hudi {
namespace {

int64_t ThreadCpuMicros() {
  struct timespec time {};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1000;
}

}  // namespace

Status ServiceBudget::BetweenFiles() {
  if (!started_us_.has_value()) {
    started_us_ = MonotonicMicros();
    cpu_started_us_ = ThreadCpuMicros();
  }
  const int64_t cpu_us = ThreadCpuMicros() - *cpu_started_us_;
  const int64_t due_us = static_cast<int64_t>(static_cast<double>(cpu_us) / cpu_share_);
  const int64_t wait_us = due_us - (MonotonicMicros() - *started_us_);
  if (cpu_share_ < 1 && wait_us > 0 && !stop_.stop_requested()) http::SleepFor(wait_us, stop_);
  if (stop_.stop_requested()) return Status::Cancelled("the table service was stopped");
  return Status::OK();
}

}  // namespace headrace::hudi
