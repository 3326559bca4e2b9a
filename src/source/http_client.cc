#include "source/http_client.h"

#include "http/retry.h"
#include "http/url.h"

namespace headrace::source {
namespace {

BadAnswerReason ReasonOf(http::Failure failure) {
  switch (failure) {
    case http::Failure::kStopped:
      return BadAnswerReason::kStopped;
    case http::Failure::kBadRequest:
    case http::Failure::kUnreachable:
      return BadAnswerReason::kUnreachable;
    case http::Failure::kTls:
      return BadAnswerReason::kTls;
    case http::Failure::kTimeout:
      return BadAnswerReason::kTimeout;
    case http::Failure::kTooLarge:
      return BadAnswerReason::kTooLarge;
    case http::Failure::kRedirect:
      return BadAnswerReason::kRedirect;
    case http::Failure::kCompression:
      return BadAnswerReason::kMalformed;
    case http::Failure::kNone:
    case http::Failure::kCut:
      break;
  }
  return BadAnswerReason::kCut;
}

BadAnswerReason ReasonOf(int status) {
  if (status == 429) return BadAnswerReason::kThrottled;
  if (status >= 500) return BadAnswerReason::kServerError;
  return http::IsRedirect(status) ? BadAnswerReason::kRedirect : BadAnswerReason::kRefused;
}

}  // namespace

HttpClient::HttpClient(HttpClientOptions options, Clock& clock)
    : options_(std::move(options)), clock_(clock) {}

std::variant<HttpResponse, BadAnswer> HttpClient::Get(const std::string& url,
                                                      const Validators& validators,
                                                      const std::stop_token& stop) {
  Result<http::Response> sent = client_.Send(MakeRequest(url, validators), stop);
  if (!sent.ok()) return Failed(sent.status());
  http::Response& response = *sent;
  const bool not_modified = response.status == 304 && !validators.empty();
  if (!not_modified && (response.status < 200 || response.status >= 300)) return Refused(response);
  return HttpResponse{.not_modified = not_modified,
                      .url = response.url,
                      .body = std::move(response.body),
                      .validators = {std::string(response.Header("etag").value_or("")),
                                     std::string(response.Header("last-modified").value_or(""))},
                      .links = response.AllOf("link"),
                      .received_bytes = response.received_bytes};
}

http::Request HttpClient::MakeRequest(const std::string& url, const Validators& validators) const {
  http::Request request;
  request.url = url;
  request.trusted_url = options_.url;
  request.headers.assign(options_.headers.begin(), options_.headers.end());
  if (!options_.bearer_token.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + options_.bearer_token);
  }
  if (!validators.etag.empty()) {
    request.public_headers.emplace_back("If-None-Match", validators.etag);
  }
  if (!validators.last_modified.empty()) {
    request.public_headers.emplace_back("If-Modified-Since", validators.last_modified);
  }
  request.connect_timeout_us = options_.connect_timeout_us;
  request.timeout_us = options_.timeout_us;
  request.response_bytes_max = options_.response_bytes_max;
  request.redirects_max = options_.redirects_max;
  return request;
}

BadAnswer HttpClient::Failed(const Status& status) const {
  return {ReasonOf(client_.failure()), status.message(), KindOf(status) == ErrorKind::kTransient};
}

BadAnswer HttpClient::Refused(const http::Response& response) const {
  const int status = response.status;
  BadAnswer bad{ReasonOf(status),
                http::RedactUrl(response.url) + " answers with status " + std::to_string(status),
                http::IsRetryable(status), http::RetryAfter(response, clock_.NowMicros())};
  if (status == 401 || status == 403) bad.message += "; check the token and headers";
  return bad;
}

}  // namespace headrace::source
