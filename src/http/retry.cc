#include "http/retry.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "http/url.h"

namespace headrace::http {
namespace {

constexpr int64_t kRetryAfterSecondsMax = 1'000'000'000;
constexpr int64_t kRetryAfterJitterMicros = 1'000'000;

// The beginning of an answer, for a message.
std::string Excerpt(std::string_view body) {
  constexpr size_t kLength = 300;
  std::string text(body.substr(0, kLength));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20; }, ' ');
  return text.empty() ? text : ": " + text;
}

Status StatusError(const Request& request, const Response& response) {
  return TransientError(RedactUrl(request.url) + ": the server answered " +
                        std::to_string(response.status) + Excerpt(response.body));
}

}  // namespace

std::optional<int64_t> Backoff::Next(std::optional<int64_t> retry_after_us) {
  if (policy_.retries_max >= 0 && attempts_ >= policy_.retries_max) return std::nullopt;
  int64_t delay_us = std::min(policy_.first_delay_us, policy_.delay_us_max);
  for (int i = 0; i < attempts_ && delay_us < policy_.delay_us_max; ++i)
    delay_us = std::min(delay_us * 2, policy_.delay_us_max);
  ++attempts_;
  using Jitter = std::uniform_int_distribution<int64_t>;
  if (!retry_after_us.has_value()) return Jitter(delay_us / 2, delay_us)(random_);
  return std::min(*retry_after_us, policy_.retry_after_us_max) +
         Jitter(0, std::min(delay_us, kRetryAfterJitterMicros))(random_);
}

bool IsRetryable(int status) {
  return status == 408 || status == 425 || status == 429 || status >= 500;
}

std::optional<int64_t> RetryAfter(const Response& response, int64_t now_us) {
  const auto value = response.Header("retry-after");
  if (!value.has_value() || value->empty()) return std::nullopt;
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), seconds);
  if (end == value->data() + value->size()) {
    if (error == std::errc::result_out_of_range) seconds = kRetryAfterSecondsMax;
    return std::clamp<int64_t>(seconds, 0, kRetryAfterSecondsMax) * 1'000'000;
  }
  const time_t date = curl_getdate(std::string(*value).c_str(), nullptr);
  if (date < 0) return std::nullopt;
  return std::max<int64_t>(0, static_cast<int64_t>(date) * 1'000'000 - now_us);
}

bool SleepFor(int64_t duration_us, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, std::chrono::microseconds(duration_us), [] { return false; });
  return !stop.stop_requested();
}

Result<Response> SendWithRetries(Client& client, const Request& request, const RetryPolicy& policy,
                                 std::stop_token stop, const OnRetry& on_retry) {
  Backoff backoff(policy, std::random_device()());
  while (true) {
    Result<Response> answer =
        client.Send(request, policy.stop_cancels_attempts ? stop : std::stop_token());
    std::optional<int64_t> retry_after_us;
    Status reason = answer.status();
    if (answer.ok()) {
      if (!IsRetryable(answer->status)) return answer;
      retry_after_us = RetryAfter(*answer, Clock::System().NowMicros());
      reason = StatusError(request, *answer);
    } else if (KindOf(reason) != ErrorKind::kTransient) {
      return reason;
    }
    const std::optional<int64_t> delay_us = backoff.Next(retry_after_us);
    if (!delay_us.has_value()) return reason;
    if (on_retry) on_retry(reason, *delay_us);
    if (!SleepFor(*delay_us, stop)) return Status::Cancelled("stopped");
  }
}

}  // namespace headrace::http
