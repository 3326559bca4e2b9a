// How long to wait before a request is sent again: exponential back-off with jitter (Marc Brooker,
// "Exponential Backoff And Jitter", AWS Architecture Blog, 2015), and what the server asks for in
// Retry-After (RFC 9110, 10.2.3).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <stop_token>

#include "http/http_client.h"

namespace headrace::http {

struct RetryPolicy {
  int retries_max = -1;                      // after the first attempt; -1: until stopped
  int64_t first_delay_us = 500'000;          // doubles with each attempt ...
  int64_t delay_us_max = 60'000'000;         // ... up to this
  int64_t retry_after_us_max = 600'000'000;  // the longest Retry-After that is honoured
  bool stop_cancels_attempts = true;         // false: a stop ends only the waiting between them
};

// Not thread-safe.
class Backoff {
 public:
  Backoff(const RetryPolicy& policy, uint64_t seed) : policy_(policy), random_(seed) {}

  // Returns the wait before the next attempt, microseconds: between half and the whole of the
  // doubled delay; half of it for certain, so that a few attempts last a while. Where the server
  // gave one, `retry_after_us` and up to a second more: not all who were sent away may come back
  // at one moment. Nothing where there have been enough attempts.
  std::optional<int64_t> Next(std::optional<int64_t> retry_after_us);

  // Begins again: an attempt succeeded.
  void Reset() { attempts_ = 0; }

 private:
  RetryPolicy policy_;
  std::mt19937_64 random_;
  int attempts_ = 0;
};

// Whether a status may pass by itself: 408, 425, 429 and all 5xx.
bool IsRetryable(int status);

// Returns how long the server asks to wait, microseconds, in seconds or as a date against `now_us`
// (microseconds since 1970 UTC); nothing where it doesn't.
std::optional<int64_t> RetryAfter(const Response& response, int64_t now_us);

// Sleeps; false where `stop` was requested meanwhile.
bool SleepFor(int64_t duration_us, std::stop_token stop);

// Called before each wait: why the attempt failed, and the wait that follows (microseconds).
using OnRetry = std::function<void(const Status& reason, int64_t delay_us)>;

// Sends `request` until an answer comes that is not IsRetryable().
//
// Errors: those of Client::Send that aren't transient; the last transient one (for a status: one
// that names it) where there were enough attempts; Cancelled where `stop` was requested.
Result<Response> SendWithRetries(Client& client, const Request& request, const RetryPolicy& policy,
                                 std::stop_token stop, const OnRetry& on_retry);

}  // namespace headrace::http
