// How much of a processor a table service may take, and when it has to stop. Services work file by
// file and ask between two of them.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>

#include "base/status.h"

namespace headrace::hudi {

// Used by one thread.
class ServiceBudget {
 public:
  // All of a core, and never a stop.
  ServiceBudget() = default;
  // `cpu_share` of one core, 0 < cpu_share <= 1.
  ServiceBudget(double cpu_share, std::stop_token stop)
      : cpu_share_(cpu_share), stop_(std::move(stop)) {}

  // Waits until the thread has taken no more than its share since it asked first.
  //
  // Errors: Cancelled where a stop is asked for.
  Status BetweenFiles();

 private:
  double cpu_share_ = 1;
  std::stop_token stop_;
  std::optional<int64_t> started_us_, cpu_started_us_;
};

}  // namespace headrace::hudi
