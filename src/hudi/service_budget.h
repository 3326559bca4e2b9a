// How much of a processor and of memory a table service may take, and when it has to stop. Services
// work file by file and ask between two of them.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>

#include "base/status.h"

namespace headrace::hudi {

inline constexpr int64_t kServiceMemoryBytes = 256 << 20;

// Used by one thread.
class ServiceBudget {
 public:
  // All of a core, and never a stop.
  ServiceBudget() = default;
  explicit ServiceBudget(int64_t memory_bytes) : memory_bytes_(memory_bytes) {}
  // `cpu_share` of one core, 0 < cpu_share <= 1.
  ServiceBudget(double cpu_share, std::stop_token stop, int64_t memory_bytes = kServiceMemoryBytes)
      : cpu_share_(cpu_share), stop_(std::move(stop)), memory_bytes_(memory_bytes) {}

  // How much the service may hold of what it reads and writes.
  int64_t memory_bytes() const { return memory_bytes_; }

  // Waits until the thread has taken no more than its share since it asked first.
  //
  // Errors: Cancelled where a stop is asked for.
  Status BetweenFiles();

 private:
  double cpu_share_ = 1;
  std::stop_token stop_;
  int64_t memory_bytes_ = kServiceMemoryBytes;
  std::optional<int64_t> started_us_, cpu_started_us_;
};

}  // namespace headrace::hudi
