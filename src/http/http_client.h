// A Client sends HTTP requests, one after the other, and keeps connections alive between them. The
// one HTTP client of the program: sources poll APIs by it, sinks write series by it.
//
// TLS certificates are verified; only http and https are spoken, also after a redirect. What a
// server sends is bounded: by time, by bytes (after decompression), by redirects. Secrets stay out
// of every error.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace headrace::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method = "GET";
  std::string url;
  Headers headers;       // an Authorization header isn't sent on to another host
  std::string body;      // sent where it isn't empty or the method is POST or PUT
  std::string username;  // basic authentication where it isn't empty
  std::string password;
  int64_t connect_timeout_us = 10'000'000;
  int64_t timeout_us = 60'000'000;  // of the whole exchange
  int64_t response_bytes_max = 64 << 20;
  int redirects_max = 5;
};

struct Response {
  int status = 0;
  Headers headers;   // of the last answer; names in lower case
  std::string body;  // decompressed
  std::string url;   // where redirects led

  // Returns the value of a header, by its name in lower case, or nothing.
  std::optional<std::string_view> Header(std::string_view name) const;
};

// Not thread-safe.
class Client {
 public:
  Client();
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Sends `request` and waits for the whole answer; any status is an answer.
  //
  // Errors: transient where the server wasn't reached, was too slow, or the connection or the
  // compressed body was cut; user errors for a URL that is none and for a certificate that isn't
  // trusted; CapacityError where the answer exceeds response_bytes_max; Cancelled as soon as `stop`
  // is requested.
  Result<Response> Send(const Request& request, std::stop_token stop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Returns `url` without what may be secret: user, password and query.
std::string UrlForMessages(const std::string& url);

// Returns `text` as it may stand in a query: "a b" becomes "a%20b".
std::string PercentEncode(std::string_view text);

}  // namespace headrace::http
