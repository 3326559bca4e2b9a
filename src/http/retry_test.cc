#include "http/retry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "http/test_server.h"

namespace headrace::http {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kMillisecond = 1000;
constexpr int64_t kSecond = 1'000'000;

RetryPolicy Quick(int retries) {
  RetryPolicy policy;
  policy.retries_max = retries;
  policy.first_delay_us = kMillisecond;
  policy.delay_us_max = 4 * kMillisecond;
  return policy;
}

TEST(Retry, WaitsLongerEachTimeAndAsTheServerAsks) {
  RetryPolicy policy;
  policy.retries_max = 9;
  policy.first_delay_us = 1000;
  policy.delay_us_max = 16'000;
  policy.retry_after_us_max = 50'000;
  Backoff backoff(policy, 1);
  for (const int64_t whole : {1000, 2000, 4000, 8000, 16'000, 16'000, 16'000}) {
    const int64_t delay = backoff.Next(std::nullopt).value();
    EXPECT_GE(delay, whole / 2);
    EXPECT_LE(delay, whole);
  }
  // Some jitter comes on top of what the server asks for.
  const int64_t asked = backoff.Next(40'000).value();
  EXPECT_GE(asked, 40'000);
  EXPECT_LE(asked, 56'000);
  const int64_t bounded = backoff.Next(90'000).value();
  EXPECT_GE(bounded, 50'000);
  EXPECT_LE(bounded, 66'000);
  EXPECT_EQ(backoff.Next(std::nullopt), std::nullopt);
  backoff.Reset();
  EXPECT_LE(backoff.Next(std::nullopt).value(), 1000);
}

TEST(Retry, ReadsRetryAfter) {
  Response response;
  EXPECT_EQ(RetryAfter(response, 0), std::nullopt);
  response.headers = {{"retry-after", "120"}};
  EXPECT_EQ(RetryAfter(response, 0), 120'000'000);
  response.headers = {{"retry-after", "Fri, 31 Dec 1999 23:59:59 GMT"}};
  EXPECT_EQ(RetryAfter(response, 946'684'799'000'000 - 5'000'000), 5'000'000);
  EXPECT_EQ(RetryAfter(response, 946'684'800'000'000), 0);
  response.headers = {{"retry-after", "soon"}};
  EXPECT_EQ(RetryAfter(response, 0), std::nullopt);
}

TEST(Retry, SendsAgainUntilItSucceeds) {
  TestServer server;
  std::atomic<int> calls = 0;
  server.get().Get("/", [&](const httplib::Request&, httplib::Response& response) {
    const int call = ++calls;
    response.status = call == 1 ? 500 : call == 2 ? 429 : 200;
  });
  server.Start();
  Client client;
  Request request;
  request.url = server.url("/");
  int retries = 0;
  const auto count = [&](const Status& reason, int64_t) {
    ++retries;
    EXPECT_EQ(KindOf(reason), ErrorKind::kTransient);
  };
  EXPECT_EQ(SendWithRetries(client, request, Quick(5), {}, count).ValueOrDie().status, 200);
  EXPECT_EQ(retries, 2);
}

TEST(Retry, EndsWithTheLastErrorOrWhenStopped) {
  TestServer server;
  server.get().Get("/", [](const httplib::Request&, httplib::Response& response) {
    response.status = 503;
    response.set_header("Retry-After", "60");
    response.set_content("overloaded", "text/plain");
  });
  server.Start();
  Client client;
  Request request;
  request.url = server.url("/");
  Status status = SendWithRetries(client, request, Quick(0), {}, nullptr).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kTransient);
  EXPECT_THAT(status.message(), HasSubstr("503: overloaded"));
  std::stop_source stop;
  const auto stop_it = [&](const Status&, int64_t delay_us) {
    EXPECT_GE(delay_us, 60'000'000);
    EXPECT_LE(delay_us, 60'001'000);
    stop.request_stop();
  };
  status = SendWithRetries(client, request, Quick(-1), stop.get_token(), stop_it).status();
  EXPECT_TRUE(status.IsCancelled());
}

TEST(Retry, FinishesTheAttemptWhereAskedTo) {
  TestServer server;
  server.get().Get("/", [](const httplib::Request&, httplib::Response&) {});
  server.Start();
  Client client;
  Request request;
  request.url = server.url("/");
  std::stop_source stop;
  stop.request_stop();
  RetryPolicy policy = Quick(-1);
  EXPECT_TRUE(
      SendWithRetries(client, request, policy, stop.get_token(), nullptr).status().IsCancelled());
  policy.stop_cancels_attempts = false;
  EXPECT_TRUE(SendWithRetries(client, request, policy, stop.get_token(), nullptr).ok());
}

std::optional<int64_t> ParseRetryAfter(const std::string& value, int64_t now_us) {
  Response response;
  response.headers = {{"retry-after", value}};
  return RetryAfter(response, now_us);
}

TEST(RetryAfter, SecondsAndDates) {
  EXPECT_EQ(ParseRetryAfter("120", 0), 120 * kSecond);
  EXPECT_EQ(ParseRetryAfter("0", 0), 0);
  EXPECT_EQ(ParseRetryAfter("-5", 0), 0);
  EXPECT_EQ(ParseRetryAfter("99999999999999999999", 0), 1'000'000'000 * kSecond);
  // 784111777 is Sun, 06 Nov 1994 08:49:37 GMT.
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", 784'111'770 * kSecond), 7 * kSecond);
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", 784'200'000 * kSecond), 0);
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", 0), 784'111'777 * kSecond);
  EXPECT_EQ(ParseRetryAfter("", 0), std::nullopt);
  EXPECT_EQ(ParseRetryAfter("soon", 0), std::nullopt);
}

RetryPolicy FromOneSecond() {
  RetryPolicy policy;
  policy.first_delay_us = kSecond;
  policy.retry_after_us_max = 3600 * kSecond;
  return policy;
}

// The wait before attempt `attempt`; 1 is the first after a failure.
int64_t DelayMicros(Backoff& backoff, int attempt, std::optional<int64_t> retry_after_us) {
  backoff.Reset();
  for (int i = 1; i < attempt; ++i) EXPECT_TRUE(backoff.Next(std::nullopt).has_value());
  return backoff.Next(retry_after_us).value();
}

TEST(Backoff, DoublesWithHalfJitterUpToAMinute) {
  Backoff backoff(FromOneSecond(), /*seed=*/1);
  for (int attempt = 1; attempt <= 12; ++attempt) {
    const int64_t limit = std::min<int64_t>(kSecond << (attempt - 1), 60 * kSecond);
    int64_t least = limit;
    int64_t most = 0;
    for (int draw = 0; draw < 200; ++draw) {
      const int64_t delay = DelayMicros(backoff, attempt, std::nullopt);
      least = std::min(least, delay);
      most = std::max(most, delay);
    }
    EXPECT_GE(least, limit / 2);
    EXPECT_LT(least, limit / 10 * 6);
    EXPECT_GT(most, limit / 10 * 9);
    EXPECT_LE(most, limit);
  }
}

TEST(Backoff, WaitsAtLeastWhatTheServerAsksFor) {
  Backoff backoff(FromOneSecond(), /*seed=*/1);
  for (int draw = 0; draw < 100; ++draw) {
    const int64_t delay = DelayMicros(backoff, 5, 30 * kSecond);
    EXPECT_GE(delay, 30 * kSecond);
    EXPECT_LE(delay, 31 * kSecond);
  }
  // However long the server asks to wait, there is a bound.
  EXPECT_LE(DelayMicros(backoff, 1, ParseRetryAfter("99999999999999999999", 0)), 3601 * kSecond);
}

}  // namespace
}  // namespace headrace::http
