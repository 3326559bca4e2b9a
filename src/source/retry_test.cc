#include "source/retry.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace headrace::source {
namespace {

constexpr int64_t kSecond = 1'000'000;

TEST(RetryAfter, SecondsAndDates) {
  EXPECT_EQ(ParseRetryAfter("120", 0), 120 * kSecond);
  EXPECT_EQ(ParseRetryAfter("0", 0), 0);
  EXPECT_EQ(ParseRetryAfter("-5", 0), 0);
  EXPECT_EQ(ParseRetryAfter("99999999999999999999", 0), 3600 * kSecond);
  // 784111777 is Sun, 06 Nov 1994 08:49:37 GMT.
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", 784'111'770 * kSecond), 7 * kSecond);
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", 784'200'000 * kSecond), 0);
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", 0), 3600 * kSecond);
  EXPECT_EQ(ParseRetryAfter("", 0), std::nullopt);
  EXPECT_EQ(ParseRetryAfter("soon", 0), std::nullopt);
}

TEST(Backoff, DoublesWithFullJitterUpToAMinute) {
  Backoff backoff(kSecond, /*seed=*/1);
  for (int attempt = 1; attempt <= 12; ++attempt) {
    const int64_t limit = std::min<int64_t>(kSecond << (attempt - 1), 60 * kSecond);
    int64_t least = limit;
    int64_t most = 0;
    for (int draw = 0; draw < 200; ++draw) {
      const int64_t delay = backoff.DelayMicros(attempt, std::nullopt);
      least = std::min(least, delay);
      most = std::max(most, delay);
    }
    EXPECT_GE(least, 0);
    EXPECT_LT(least, limit / 10);
    EXPECT_GT(most, limit / 10 * 9);
    EXPECT_LE(most, limit);
  }
}

TEST(Backoff, WaitsAtLeastWhatTheServerAsksFor) {
  Backoff backoff(kSecond, /*seed=*/1);
  for (int draw = 0; draw < 100; ++draw) {
    const int64_t delay = backoff.DelayMicros(5, 30 * kSecond);
    EXPECT_GE(delay, 30 * kSecond);
    EXPECT_LE(delay, 31 * kSecond);
  }
}

}  // namespace
}  // namespace headrace::source
