#include "source/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/gzip.h"
#include "http/raw_test_server.h"

namespace headrace::source {
namespace {

using http::RawReply;
using http::RawTestServer;
using http::Reply;
using ::testing::HasSubstr;
using ::testing::Not;
using Outcome = std::variant<HttpResponse, BadAnswer>;

Outcome Get(const HttpClientOptions& options, const Validators& validators = {},
            const std::string& url = "") {
  HttpClient client(options, Clock::System());
  return client.Get(url.empty() ? options.url : url, validators, {});
}

std::string ErrorOf(const Outcome& outcome) {
  const auto* bad = std::get_if<BadAnswer>(&outcome);
  return bad == nullptr ? "" : std::string(ReasonName(bad->reason)) + ": " + bad->message;
}

TEST(HttpClient, GetsABodyAndItsValidators) {
  const RawTestServer server([](const std::string&) {
    return Reply(
        200, "[1]",
        "ETag: \"v1\"\r\nLAST-MODIFIED: yesterday\r\nLink: <a>; rel=next\r\nlink: <b>\r\n");
  });
  const auto outcome =
      Get({.url = server.Url("/x?y=1"), .headers = {{"X-Api-Key", "k"}}, .bearer_token = "token"});
  const auto& response = std::get<HttpResponse>(outcome);
  EXPECT_EQ(response.body, "[1]");
  EXPECT_EQ(response.received_bytes, 3);
  EXPECT_EQ(response.validators.etag, "\"v1\"");
  EXPECT_EQ(response.validators.last_modified, "yesterday");
  EXPECT_EQ(response.links.size(), 2u);
  const std::string request = server.requests()[0];
  EXPECT_THAT(request, HasSubstr("GET /x?y=1 HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("User-Agent: headrace/"));
  EXPECT_THAT(request, HasSubstr("Accept-Encoding: gzip"));
  EXPECT_THAT(request, HasSubstr("X-Api-Key: k\r\n"));
  EXPECT_THAT(request, HasSubstr("Authorization: Bearer token\r\n"));
}

TEST(HttpClient, ConditionalRequests) {
  const RawTestServer server([](const std::string&) { return RawReply{"HTTP/1.1 304 N\r\n\r\n"}; });
  const auto outcome = Get({.url = server.Url()}, {.etag = "\"v1\"", .last_modified = "then"});
  EXPECT_TRUE(std::get<HttpResponse>(outcome).not_modified);
  EXPECT_THAT(server.requests()[0], HasSubstr("If-None-Match: \"v1\"\r\n"));
  EXPECT_THAT(server.requests()[0], HasSubstr("If-Modified-Since: then\r\n"));
  // Not asked for: no answer.
  EXPECT_THAT(ErrorOf(Get({.url = server.Url()})), HasSubstr("refused: "));
}

TEST(HttpClient, StatusesAreJudged) {
  int status = 0;
  const RawTestServer server(
      [&](const std::string&) { return Reply(status, "secret", "Retry-After: 7\r\n"); });
  const std::vector<std::tuple<int, BadAnswerReason, bool>> cases = {
      {500, BadAnswerReason::kServerError, true}, {503, BadAnswerReason::kServerError, true},
      {429, BadAnswerReason::kThrottled, true},   {408, BadAnswerReason::kRefused, true},
      {404, BadAnswerReason::kRefused, false},    {401, BadAnswerReason::kRefused, false}};
  for (const auto& [code, reason, retryable] : cases) {
    status = code;
    const auto bad = std::get<BadAnswer>(Get({.url = server.Url()}));
    EXPECT_EQ(bad.reason, reason) << code;
    EXPECT_EQ(bad.retryable, retryable) << code;
    EXPECT_EQ(bad.retry_after_us, 7'000'000) << code;
    EXPECT_THAT(bad.message, HasSubstr(std::to_string(code)));
  }
}

TEST(HttpClient, CompressedAnswersAreBoundedAsTheyGrow) {
  const std::string small = "[" + std::string(1000, ' ') + "]";
  std::string body = http::Gzip(small).ValueOrDie();
  const RawTestServer server(
      [&](const std::string&) { return Reply(200, body, "Content-Encoding: gzip\r\n"); });
  const HttpClientOptions options{.url = server.Url(), .response_bytes_max = 100'000};
  const auto good = Get(options);
  EXPECT_EQ(std::get<HttpResponse>(good).body, small);
  EXPECT_LT(std::get<HttpResponse>(good).received_bytes, 200);
  body = http::Gzip(std::string(20'000'000, 'x')).ValueOrDie();
  ASSERT_LT(body.size(), 100'000u);
  EXPECT_THAT(ErrorOf(Get(options)), HasSubstr("too_large: "));
  body = "not gzip at all";
  EXPECT_THAT(ErrorOf(Get(options)), HasSubstr("malformed: "));
}

TEST(HttpClient, LargeAnswersAndHeadersAreCutOff) {
  std::string headers;
  std::string body(200'000, 'x');
  const RawTestServer server([&](const std::string&) { return Reply(200, body, headers); });
  EXPECT_THAT(ErrorOf(Get({.url = server.Url(), .response_bytes_max = 100'000})),
              HasSubstr("too_large: "));
  body = "[]";
  for (int i = 0; i < 5000; ++i) headers += "X-Header: " + std::string(90, 'x') + "\r\n";
  EXPECT_THAT(ErrorOf(Get({.url = server.Url()})), HasSubstr("too_large: "));
}

TEST(HttpClient, CutConnectionsAreNoAnswers) {
  std::string bytes;
  const RawTestServer server([&](const std::string&) { return RawReply{bytes}; });
  for (const char* cut : {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1",
                          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1]\r\n"}) {
    bytes = cut;
    const auto outcome = Get({.url = server.Url()});
    EXPECT_THAT(ErrorOf(outcome), HasSubstr("cut: ")) << cut;
    EXPECT_TRUE(std::get<BadAnswer>(outcome).retryable);
  }
}

TEST(HttpClient, SilentServersTimeOut) {
  const RawTestServer server([](const std::string&) {
    return RawReply{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[", /*hold_open=*/true};
  });
  const int64_t begin = MonotonicMicros();
  EXPECT_THAT(ErrorOf(Get({.url = server.Url(), .timeout_us = 200'000})), HasSubstr("timeout: "));
  EXPECT_LT(MonotonicMicros() - begin, 5'000'000);
}

TEST(HttpClient, AStopEndsARequest) {
  const RawTestServer server([](const std::string&) { return RawReply{"", /*hold_open=*/true}; });
  HttpClient client({.url = server.Url()}, Clock::System());
  std::stop_source stop;
  int64_t stopped_at = 0;
  std::thread stopper([&] {
    while (server.requests().empty()) std::this_thread::yield();
    stopped_at = MonotonicMicros();
    stop.request_stop();
  });
  const auto outcome = client.Get(server.Url(), {}, stop.get_token());
  const int64_t ended_at = MonotonicMicros();
  stopper.join();
  EXPECT_EQ(std::get<BadAnswer>(outcome).reason, BadAnswerReason::kStopped);
  EXPECT_LT(ended_at - stopped_at, 1'000'000);
}

TEST(HttpClient, NobodyThere) {
  std::string url;
  {
    const RawTestServer gone([](const std::string&) { return RawReply{}; });
    url = gone.Url();
  }
  EXPECT_THAT(ErrorOf(Get({.url = url})), HasSubstr("unreachable: "));
}

TEST(HttpClient, SecretsStayWithTheirOrigin) {
  const RawTestServer other([](const std::string&) { return Reply(200, "[]"); });
  const RawTestServer server([&](const std::string& request) {
    if (request.starts_with("GET /here")) return Reply(200, "[]");
    const bool away = request.starts_with("GET /away");
    return Reply(302, "", "Location: " + (away ? other.Url("/there") : "/here") + "\r\n");
  });
  const HttpClientOptions options{
      .url = server.Url("/"), .headers = {{"X-Api-Key", "secret"}}, .bearer_token = "secret"};
  EXPECT_EQ(std::get<HttpResponse>(Get(options)).url, server.Url("/here"));
  EXPECT_THAT(server.requests().back(), HasSubstr("X-Api-Key: secret"));
  EXPECT_EQ(std::get<HttpResponse>(Get(options, {}, server.Url("/away"))).url, other.Url("/there"));
  EXPECT_THAT(other.requests().back(), Not(HasSubstr("secret")));
  // A next page elsewhere gets none either.
  EXPECT_EQ(ErrorOf(Get(options, {}, other.Url("/page"))), "");
  EXPECT_THAT(other.requests().back(), Not(HasSubstr("secret")));
}

TEST(HttpClient, RedirectsAreBoundedAndStayHttp) {
  std::string location = "/again?token=secret";
  const RawTestServer server(
      [&](const std::string&) { return Reply(301, "", "Location: " + location + "\r\n"); });
  const HttpClientOptions options{.url = server.Url("/?token=secret"), .redirects_max = 3};
  EXPECT_THAT(ErrorOf(Get(options)), HasSubstr("more than 3 times"));
  EXPECT_EQ(server.requests().size(), 4u);
  for (const char* bad : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", ""}) {
    location = bad;
    EXPECT_THAT(ErrorOf(Get(options)), HasSubstr("redirect: "));
    EXPECT_THAT(ErrorOf(Get(options)), Not(HasSubstr("secret")));
  }
}

TEST(HttpClient, OnlyHttp) {
  EXPECT_THAT(ErrorOf(Get({.url = "file:///etc/passwd"})), HasSubstr("unreachable: "));
}

}  // namespace
}  // namespace headrace::source
