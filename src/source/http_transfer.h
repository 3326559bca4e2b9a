// An HttpTransfer runs single HTTP requests on libcurl, within bounds of time and bytes, and can be
// interrupted. What an answer means, and where a redirect leads, is for HttpClient.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "source/bad_answer.h"

namespace headrace::source {

struct TransferRequest {
  std::string url;                   // http or https
  std::vector<std::string> headers;  // "Name: value"
  int64_t connect_timeout_us = 0;
  int64_t timeout_us = 0;
  int64_t bytes_max = 0;  // of the body, both as it comes and decompressed
};

struct TransferAnswer {
  int status = 0;
  std::string body;  // decompressed
  int64_t received_bytes = 0;
  // Headers, empty where there is none.
  std::string etag, last_modified, location, retry_after;
  std::vector<std::string> links;
};

// Not thread-safe: one thread uses it. Keeps its connection open between requests.
class HttpTransfer {
 public:
  HttpTransfer();
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  // Returns the answer, whatever its status. A stop ends it within milliseconds (kStopped).
  std::variant<TransferAnswer, BadAnswer> Perform(const TransferRequest& request,
                                                  const std::stop_token& stop);

 private:
  void* const multi_;  // CURLM
  void* const easy_;   // CURL
};

}  // namespace headrace::source
