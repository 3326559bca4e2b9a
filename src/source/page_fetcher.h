// A PageFetcher gets one page of an API: asks, checks, takes the records out, and asks again with
// growing pauses where that may help.
#pragma once

#include <stop_token>
#include <string>
#include <variant>

#include "http/retry.h"
#include "pipeline/pipeline.h"
#include "source/http_client.h"
#include "source/record_extractor.h"
#include "source/source_metrics.h"

namespace headrace::source {

struct Page {
  HttpResponse response;  // owns the bytes that the records point into
  Extraction extraction;  // empty where the response is "not modified"
};

// Not thread-safe.
class PageFetcher {
 public:
  PageFetcher(const pipeline::Source& definition, SourceMetrics& metrics, Clock& clock);

  std::variant<Page, BadAnswer> Fetch(const std::string& url, const Validators& validators,
                                      const std::stop_token& stop);

 private:
  std::variant<Page, BadAnswer> FetchOnce(const std::string& url, const Validators& validators,
                                          const std::stop_token& stop);

  HttpClient client_;
  RecordExtractor extractor_;
  http::Backoff backoff_;
  SourceMetrics& metrics_;
};

}  // namespace headrace::source
