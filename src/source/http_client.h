// An HttpClient asks one HTTP API for answers, as its pipeline file says, and judges them. It is
// the policy on top of http::Client, which bounds time, bytes and redirects.
//
// The headers and the token of the pipeline file go to the origin (scheme, host, port) of its URL
// and to no other, whatever a redirect or a next page says.
#pragma once

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "http/http_client.h"
#include "source/bad_answer.h"

namespace headrace::source {

struct HttpClientOptions {
  std::string url;  // whose origin gets the headers and the token
  std::map<std::string, std::string> headers = {};
  std::string bearer_token = {};  // empty: none
  int64_t connect_timeout_us = 10'000'000;
  int64_t timeout_us = 60'000'000;  // of the whole, redirects included
  int64_t response_bytes_max = 64 << 20;
  int redirects_max = 5;
};

// What makes a request conditional (RFC 9110, section 13): the validators of an earlier answer.
struct Validators {
  std::string etag = {};
  std::string last_modified = {};
  bool empty() const { return etag.empty() && last_modified.empty(); }
};

struct HttpResponse {
  bool not_modified = false;  // status 304: no body
  std::string url;            // that answered, after redirects
  std::string body;
  Validators validators;
  std::vector<std::string> links;  // the values of all Link headers
  int64_t received_bytes = 0;      // of the body as it came over the wire
};

// Not thread-safe: one thread uses it. Keeps its connection open between requests.
class HttpClient {
 public:
  // The clock is asked when a server says until which date to wait.
  HttpClient(HttpClientOptions options, Clock& clock);

  // Asks for `url`. A stop ends it within milliseconds (kStopped).
  std::variant<HttpResponse, BadAnswer> Get(const std::string& url, const Validators& validators,
                                            const std::stop_token& stop);

 private:
  http::Request MakeRequest(const std::string& url, const Validators& validators) const;
  BadAnswer Failed(const Status& status) const;
  BadAnswer Refused(const http::Response& response) const;

  const HttpClientOptions options_;
  Clock& clock_;
  http::Client client_;
};

}  // namespace headrace::source
