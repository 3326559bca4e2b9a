// When to ask again: exponential back-off with full jitter (M. Brooker, "Exponential Backoff And
// Jitter", AWS Architecture Blog, 2015), and what a server asks for by Retry-After (RFC 9110,
// section 10.2.3).
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>

namespace headrace::source {

// Returns how long a Retry-After header asks to wait: seconds or an HTTP date, seen from `now_us`.
// Nothing where it says neither; never negative.
std::optional<int64_t> ParseRetryAfter(const std::string& value, int64_t now_us);

class Backoff {
 public:
  // Waits are drawn from 0 to `base_us`, doubled with each attempt, at most a minute.
  explicit Backoff(int64_t base_us, uint64_t seed = std::random_device{}());

  // Returns how long to wait before attempt `attempt` (1 is the first after a failure). What the
  // server asked for is kept, and some jitter added, up to an hour.
  int64_t DelayMicros(int attempt, std::optional<int64_t> retry_after_us);

 private:
  const int64_t base_us_;
  std::mt19937_64 random_;
};

}  // namespace headrace::source
