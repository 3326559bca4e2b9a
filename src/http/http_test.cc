#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/clock.h"
#include "http/gzip.h"
#include "http/http_client.h"
#include "http/retry.h"
#include "http/test_server.h"

namespace headrace::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kMillisecond = 1000;

RetryPolicy Quick(int retries) {
  RetryPolicy policy;
  policy.retries_max = retries;
  policy.first_delay_us = kMillisecond;
  policy.delay_us_max = 4 * kMillisecond;
  return policy;
}

TEST(HttpClient, SendsMethodHeadersBodyAndReadsTheAnswer) {
  TestServer server;
  server.get().Post("/write", [](const httplib::Request& request, httplib::Response& response) {
    response.status = 400;
    response.set_header("X-Kind", "Test");
    response.set_content(request.get_header_value("X-Name") + "|" + request.body + "|" +
                             request.get_header_value("Authorization"),
                         "text/plain");
  });
  server.Start();
  Client client;
  Request request;
  request.method = "POST";
  request.url = server.url("/write");
  request.headers = {{"X-Name", "value"}};
  request.body = "line";
  request.username = "user";
  request.password = "password";
  for (int i = 0; i < 2; ++i) {  // the second on the same connection
    const Response response = client.Send(request, {}).ValueOrDie();
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.body, "value|line|Basic dXNlcjpwYXNzd29yZA==");
    EXPECT_EQ(response.Header("x-kind"), "Test");
    EXPECT_EQ(response.Header("x-none"), std::nullopt);
  }
}

TEST(HttpClient, FollowsRedirectsWithinItsBound) {
  TestServer server;
  server.get().Get("/from", [](const httplib::Request&, httplib::Response& response) {
    response.set_redirect("/to");
  });
  server.get().Get("/to", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("there", "text/plain");
  });
  server.get().Get("/loop", [](const httplib::Request&, httplib::Response& response) {
    response.set_redirect("/loop");
  });
  server.Start();
  Client client;
  Request request;
  request.url = server.url("/from");
  const Response response = client.Send(request, {}).ValueOrDie();
  EXPECT_EQ(response.body, "there");
  EXPECT_EQ(response.url, server.url("/to"));
  request.redirects_max = 0;
  EXPECT_EQ(client.Send(request, {}).ValueOrDie().status, 302);
  request.redirects_max = 3;
  request.url = server.url("/loop");
  const Status status = client.Send(request, {}).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kFatal) << status.ToString();
}

TEST(HttpClient, BoundsTheDecompressedAnswer) {
  TestServer server;  // compresses text by itself, a picture not
  server.get().Get("/bomb", [](const httplib::Request&, httplib::Response& response) {
    response.set_header("Content-Encoding", "gzip");
    response.set_content(Gzip(std::string(10 << 20, 'x')).ValueOrDie(), "image/png");
  });
  server.get().Get("/cut", [](const httplib::Request&, httplib::Response& response) {
    std::string body = Gzip(std::string(1000, 'x')).ValueOrDie();
    body.resize(body.size() / 2);
    response.set_header("Content-Encoding", "gzip");
    response.set_content(body, "image/png");
  });
  server.Start();
  Client client;
  Request request;
  request.url = server.url("/bomb");
  EXPECT_EQ(client.Send(request, {}).ValueOrDie().body.size(), 10u << 20);
  request.response_bytes_max = 1 << 20;
  EXPECT_TRUE(client.Send(request, {}).status().IsCapacityError());
  request.url = server.url("/cut");
  EXPECT_EQ(KindOf(client.Send(request, {}).status()), ErrorKind::kTransient);
}

TEST(HttpClient, TellsErrorsApart) {
  Client client;
  Request request;
  request.url = "http://127.0.0.1:1/?token=secret";
  Status status = client.Send(request, {}).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kTransient);
  EXPECT_THAT(status.message(), Not(HasSubstr("secret")));
  request.url = "ftp://127.0.0.1/";
  EXPECT_EQ(KindOf(client.Send(request, {}).status()), ErrorKind::kUser);
  request.url = "file:///etc/passwd";
  EXPECT_EQ(KindOf(client.Send(request, {}).status()), ErrorKind::kUser);
  request.url = "http://";
  EXPECT_EQ(KindOf(client.Send(request, {}).status()), ErrorKind::kUser);
  request.url = "http://127.0.0.1:1/";
  request.headers = {{"X-A", "b\r\nX-Injected: c"}};
  EXPECT_EQ(KindOf(client.Send(request, {}).status()), ErrorKind::kUser);
}

TEST(HttpClient, GivesUpOnTimeoutAndOnStop) {
  std::atomic<bool> release = false;  // outlives the server, whose threads look at it
  TestServer server;
  server.get().Get("/slow", [&](const httplib::Request&, httplib::Response&) {
    for (int i = 0; i < 500 && !release; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
  });
  server.Start();
  Client client;
  Request request;
  request.url = server.url("/slow");
  request.timeout_us = 50 * kMillisecond;
  EXPECT_EQ(KindOf(client.Send(request, {}).status()), ErrorKind::kTransient);
  request.timeout_us = 60'000 * kMillisecond;
  std::stop_source stop;
  const int64_t begin_us = MonotonicMicros();
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request_stop();
  });
  EXPECT_TRUE(client.Send(request, stop.get_token()).status().IsCancelled());
  EXPECT_LT(MonotonicMicros() - begin_us, 700 * kMillisecond);
  release = true;
}

TEST(HttpClient, HidesSecretsOfUrls) {
  EXPECT_EQ(UrlForMessages("https://user:pw@host:1/path?token=x#y"), "https://host:1/path");
  EXPECT_EQ(PercentEncode("a b&c=ü"), "a%20b%26c%3D%C3%BC");
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
  EXPECT_EQ(backoff.Next(40'000), 40'000);
  EXPECT_EQ(backoff.Next(90'000), 50'000);
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
    EXPECT_EQ(delay_us, 60'000'000);
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

TEST(Gzip, RoundTripsAndRefusesWhatIsCutMalformedOrTooLarge) {
  for (const size_t size : {0, 1, 20'000, 1'000'000}) {
    const std::string text(size, 'x');
    const std::string packed = Gzip(text).ValueOrDie();
    EXPECT_EQ(Gunzip(packed, 1'000'000).ValueOrDie(), text);
    EXPECT_EQ(Gunzip(packed + packed, 2'000'000).ValueOrDie(), text + text);
    for (size_t cut = 0; cut < packed.size(); cut += 7)
      EXPECT_TRUE(Gunzip(packed.substr(0, cut), 1'000'000).status().IsInvalid()) << cut;
  }
  EXPECT_TRUE(Gunzip(Gzip("text").ValueOrDie(), 3).status().IsCapacityError());
  EXPECT_TRUE(Gunzip("<html>", 1000).status().IsInvalid());
}

}  // namespace
}  // namespace headrace::http
