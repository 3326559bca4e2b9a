#include "http/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/clock.h"
#include "http/gzip.h"
#include "http/raw_test_server.h"
#include "http/test_server.h"

namespace headrace::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kMillisecond = 1000;

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

TEST(HttpClient, PrivateHeadersStayWithTheirOrigin) {
  const RawTestServer other([](const std::string&) { return Reply(200, "there"); });
  const RawTestServer server([&](const std::string& request) {
    if (request.starts_with("GET /here")) return Reply(200, "here");
    const bool away = request.starts_with("GET /away");
    return Reply(302, "", "Location: " + (away ? other.Url("/there") : "/here") + "\r\n");
  });
  Client client;
  Request request;
  request.url = server.Url("/");
  request.headers = {{"X-Key", "secret"}};
  request.public_headers = {{"X-Public", "shown"}};
  request.username = "user";
  EXPECT_EQ(client.Send(request, {}).ValueOrDie().url, server.Url("/here"));
  EXPECT_THAT(server.requests().back(), HasSubstr("X-Key: secret"));
  EXPECT_THAT(server.requests().back(), HasSubstr("Authorization: Basic"));
  request.url = server.Url("/away");
  EXPECT_EQ(client.Send(request, {}).ValueOrDie().body, "there");
  EXPECT_THAT(server.requests().back(), HasSubstr("X-Key: secret"));
  EXPECT_THAT(other.requests().back(), HasSubstr("X-Public: shown"));
  EXPECT_THAT(other.requests().back(), Not(HasSubstr("secret")));
  EXPECT_THAT(other.requests().back(), Not(HasSubstr("Authorization")));
  // Nor does a URL elsewhere get any.
  request.trusted_url = server.Url("/");
  request.url = other.Url("/page");
  EXPECT_TRUE(client.Send(request, {}).ok());
  EXPECT_THAT(other.requests().back(), Not(HasSubstr("secret")));
}

TEST(HttpClient, RedirectsLeadToHttpOnlyAndOfAPostAreAnswers) {
  std::string location;
  const RawTestServer server(
      [&](const std::string&) { return Reply(302, "", "Location: " + location + "\r\n"); });
  Client client;
  Request request;
  request.url = server.Url("/?token=secret");
  for (const char* bad : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", ""}) {
    location = bad;
    const Status status = client.Send(request, {}).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kFatal) << bad;
    EXPECT_EQ(client.failure(), Failure::kRedirect) << bad;
    EXPECT_THAT(status.message(), Not(HasSubstr("secret")));
  }
  location = "/again";
  request.method = "POST";
  EXPECT_EQ(client.Send(request, {}).ValueOrDie().status, 302);
  EXPECT_EQ(client.failure(), Failure::kNone);
}

TEST(HttpClient, CountsReceivedBytesAndKeepsHeadersOfOneName) {
  const std::string packed = Gzip(std::string(1000, 'x')).ValueOrDie();
  const RawTestServer server([&](const std::string&) {
    return Reply(200, packed, "Link: <a>\r\nX-A: b\r\nLINK: <b>\r\nContent-Encoding: gzip\r\n");
  });
  Client client;
  Request request;
  request.url = server.Url("/");
  const Response response = client.Send(request, {}).ValueOrDie();
  EXPECT_EQ(response.body, std::string(1000, 'x'));
  EXPECT_EQ(response.received_bytes, static_cast<int64_t>(packed.size()));
  EXPECT_THAT(response.AllOf("link"), ElementsAre("<a>", "<b>"));
}

}  // namespace
}  // namespace headrace::http
