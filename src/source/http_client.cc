#include "source/http_client.h"

#include <algorithm>

#include "source/retry.h"
#include "source/url.h"

namespace headrace::source {
namespace {

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

HttpClient::HttpClient(HttpClientOptions options, Clock& clock)
    : options_(std::move(options)), origin_(OriginOf(options_.url).value_or("")), clock_(clock) {}

std::variant<HttpResponse, BadAnswer> HttpClient::Get(const std::string& url,
                                                      const Validators& validators,
                                                      const std::stop_token& stop) {
  const int64_t deadline = MonotonicMicros() + options_.timeout_us;
  std::string target = url;
  for (int hop = 0; hop <= options_.redirects_max; ++hop) {
    const int64_t left_us = std::max<int64_t>(deadline - MonotonicMicros(), 1000);
    auto outcome = transfer_.Perform(MakeRequest(target, validators, left_us), stop);
    if (auto* bad = std::get_if<BadAnswer>(&outcome)) return std::move(*bad);
    auto& answer = std::get<TransferAnswer>(outcome);
    const bool not_modified = answer.status == 304 && !validators.empty();
    if (not_modified || (answer.status >= 200 && answer.status < 300)) {
      return HttpResponse{.not_modified = not_modified,
                          .url = target,
                          .body = std::move(answer.body),
                          .validators = {answer.etag, answer.last_modified},
                          .links = std::move(answer.links),
                          .received_bytes = answer.received_bytes};
    }
    if (!IsRedirect(answer.status)) return Refused(target, answer);
    const auto next = ResolveUrl(target, answer.location);
    if (!next) {
      return BadAnswer{BadAnswerReason::kRedirect,
                       RedactUrl(target) + " redirects to what is no http or https URL"};
    }
    if (target.starts_with("https:") && !next->starts_with("https:")) {
      return BadAnswer{BadAnswerReason::kRedirect,
                       RedactUrl(target) + " redirects from https to http, which is not followed"};
    }
    target = *next;
  }
  return BadAnswer{
      BadAnswerReason::kRedirect,
      RedactUrl(url) + " redirects more than " + std::to_string(options_.redirects_max) + " times"};
}

TransferRequest HttpClient::MakeRequest(const std::string& url, const Validators& validators,
                                        int64_t timeout_us) const {
  TransferRequest request{.url = url,
                          .headers = {"User-Agent: headrace/" HEADRACE_VERSION},
                          .connect_timeout_us = std::min(options_.connect_timeout_us, timeout_us),
                          .timeout_us = timeout_us,
                          .bytes_max = options_.response_bytes_max};
  if (OriginOf(url) == origin_) {
    for (const auto& [name, value] : options_.headers) {
      request.headers.push_back(name + ": " + value);
    }
    if (!options_.bearer_token.empty()) {
      request.headers.push_back("Authorization: Bearer " + options_.bearer_token);
    }
  }
  if (!validators.etag.empty()) request.headers.push_back("If-None-Match: " + validators.etag);
  if (!validators.last_modified.empty()) {
    request.headers.push_back("If-Modified-Since: " + validators.last_modified);
  }
  return request;
}

BadAnswer HttpClient::Refused(const std::string& url, const TransferAnswer& answer) const {
  BadAnswer bad{BadAnswerReason::kRefused,
                RedactUrl(url) + " answers with status " + std::to_string(answer.status)};
  if (answer.status == 429) bad.reason = BadAnswerReason::kThrottled;
  if (answer.status >= 500) bad.reason = BadAnswerReason::kServerError;
  bad.retryable = answer.status == 408 || answer.status == 429 || answer.status >= 500;
  bad.retry_after_us = ParseRetryAfter(answer.retry_after, clock_.NowMicros());
  if (answer.status == 401 || answer.status == 403) bad.message += "; check the token and headers";
  return bad;
}

}  // namespace headrace::source
