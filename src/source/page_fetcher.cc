#include "source/page_fetcher.h"

#include <random>

#include "http/url.h"

namespace headrace::source {
namespace {

HttpClientOptions ClientOptions(const pipeline::HttpSource& http) {
  return {.url = http.url,
          .headers = http.headers,
          .bearer_token = http.bearer_token ? http.bearer_token->value : "",
          .connect_timeout_us = http.connect_timeout_us,
          .timeout_us = http.timeout_us,
          .response_bytes_max = http.response_bytes_max,
          .redirects_max = http.redirects_max};
}

http::RetryPolicy RetryPolicyOf(const pipeline::HttpSource& http) {
  http::RetryPolicy policy;
  policy.retries_max = http.retries_max;
  policy.first_delay_us = http.retry_backoff_us;
  policy.retry_after_us_max = 3'600'000'000;
  return policy;
}

const pipeline::HttpSource& HttpOf(const pipeline::Source& definition) {
  return std::get<pipeline::HttpSource>(definition.connector);
}

}  // namespace

PageFetcher::PageFetcher(const pipeline::Source& definition, SourceMetrics& metrics, Clock& clock)
    : client_(ClientOptions(HttpOf(definition)), clock),
      extractor_({.records = HttpOf(definition).records,
                  .key = definition.key,
                  .order_by = definition.order_by,
                  .next_pointer = HttpOf(definition).pagination.pointer}),
      backoff_(RetryPolicyOf(HttpOf(definition)), std::random_device()()),
      metrics_(metrics) {}

std::variant<Page, BadAnswer> PageFetcher::Fetch(const std::string& url,
                                                 const Validators& validators,
                                                 const std::stop_token& stop) {
  backoff_.Reset();
  while (true) {
    auto outcome = FetchOnce(url, validators, stop);
    const auto* bad = std::get_if<BadAnswer>(&outcome);
    if (bad == nullptr || bad->reason == BadAnswerReason::kStopped) return outcome;
    metrics_.CountError(bad->reason);
    if (!bad->retryable) return outcome;
    const std::optional<int64_t> delay_us = backoff_.Next(bad->retry_after_us);
    if (!delay_us) return outcome;
    if (!http::SleepFor(*delay_us, stop)) return BadAnswer{BadAnswerReason::kStopped, "stopped"};
    metrics_.retries.Add();
  }
}

std::variant<Page, BadAnswer> PageFetcher::FetchOnce(const std::string& url,
                                                     const Validators& validators,
                                                     const std::stop_token& stop) {
  auto answer = client_.Get(url, validators, stop);
  if (auto* bad = std::get_if<BadAnswer>(&answer)) return std::move(*bad);
  Page page{.response = std::move(std::get<HttpResponse>(answer)), .extraction = {}};
  metrics_.response_bytes.Add(static_cast<double>(page.response.received_bytes));
  if (page.response.not_modified) return page;
  auto extracted = extractor_.Extract(&page.response.body);
  if (auto* bad = std::get_if<BadAnswer>(&extracted)) {
    bad->message = http::RedactUrl(page.response.url) + ": " + bad->message;
    return std::move(*bad);
  }
  page.extraction = std::move(std::get<Extraction>(extracted));
  return page;
}

}  // namespace headrace::source
