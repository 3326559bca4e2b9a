#include "source/retry.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>

namespace headrace::source {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kBackoffMaxMicros = 60 * kSecond;
constexpr int64_t kRetryAfterMaxMicros = 3600 * kSecond;

}  // namespace

std::optional<int64_t> ParseRetryAfter(const std::string& value, int64_t now_us) {
  if (value.empty()) return std::nullopt;
  const char* end = value.data() + value.size();
  int64_t seconds = 0;
  const auto [parsed_to, error] = std::from_chars(value.data(), end, seconds);
  if (parsed_to == end && error == std::errc()) {
    return std::clamp<int64_t>(seconds, 0, kRetryAfterMaxMicros / kSecond) * kSecond;
  }
  if (parsed_to == end && error == std::errc::result_out_of_range) return kRetryAfterMaxMicros;
  const time_t date = curl_getdate(value.c_str(), nullptr);
  if (date == -1) return std::nullopt;
  return std::clamp<int64_t>(static_cast<int64_t>(date) * kSecond - now_us, 0,
                             kRetryAfterMaxMicros);
}

Backoff::Backoff(int64_t base_us, uint64_t seed) : base_us_(base_us), random_(seed) {}

int64_t Backoff::DelayMicros(int attempt, std::optional<int64_t> retry_after_us) {
  int64_t limit = std::min(base_us_, kBackoffMaxMicros);
  for (int i = 1; i < attempt && limit < kBackoffMaxMicros; ++i) limit *= 2;
  limit = std::min(limit, kBackoffMaxMicros);
  const int64_t jitter =
      std::uniform_int_distribution<int64_t>(0, std::max<int64_t>(limit, 0))(random_);
  if (!retry_after_us) return jitter;
  // Jitter comes on top: not all who were sent away may come back at one moment.
  return std::min(*retry_after_us, kRetryAfterMaxMicros) + std::min(jitter, kSecond);
}

}  // namespace headrace::source
