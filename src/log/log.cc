#include "log/log.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/clock.h"

namespace headrace::log {
namespace {

constexpr int64_t kAskEveryUs = 20'000;

}  // namespace

bool ReadableTopic::WaitForRecords(int32_t partition, int64_t offset, int64_t timeout_us) {
  const int64_t until_us = MonotonicMicros() + timeout_us;
  while (true) {
    const auto range = Offsets(partition);
    if (range.ok() && range->next > offset) return true;
    const int64_t left_us = until_us - MonotonicMicros();
    if (left_us <= 0) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(std::min(left_us, kAskEveryUs)));
  }
}

}  // namespace headrace::log
