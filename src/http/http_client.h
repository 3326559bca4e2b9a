// A Client sends HTTP requests, one after the other, and keeps connections alive between them. The
// one HTTP client of the program: sources poll APIs by it, sinks write series and tables by it.
//
// TLS certificates are verified. A redirect leads to http or https only, and never from https to
// http. What a server sends is bounded: by time, by bytes (as they arrive and after decompression),
// by redirects. Secrets stay out of every error, and with the server that they are for.
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
  // Headers, user and password go to the origin (scheme, host, port) of `trusted_url` and to no
  // other, wherever `url` or a redirect leads. Empty: the origin of `url`.
  std::string trusted_url;
  Headers headers;
  Headers public_headers;  // go to every origin
  std::string body;        // sent where it isn't empty or the method is POST or PUT
  std::string username;    // basic authentication where it isn't empty
  std::string password;
  std::string ca_file;      // PEM, the authorities to trust; empty: those of the system
  bool accept_gzip = true;  // false: bodies are asked for and taken as they are stored
  int64_t connect_timeout_us = 10'000'000;
  int64_t timeout_us = 60'000'000;  // of the whole exchange, redirects included
  int64_t stall_timeout_us = 0;     // for how long nothing may move; 0: as long as timeout_us
  int64_t response_bytes_max = 64 << 20;
  int redirects_max = 5;  // GET and HEAD follow them; 0, and of other methods: one is an answer
};

struct Response {
  int status = 0;
  Headers headers;             // of the last answer; names in lower case, as often as they came
  std::string body;            // decompressed
  std::string url;             // where redirects led
  int64_t received_bytes = 0;  // of the body as it came over the wire

  // Returns the first value of a header, by its name in lower case, or nothing.
  std::optional<std::string_view> Header(std::string_view name) const;
  // Returns all values of a header, by its name in lower case.
  std::vector<std::string> AllOf(std::string_view name) const;
};

// Why no answer came, for who counts or treats the causes apart; its Status says it to people.
enum class Failure {
  kNone,
  kStopped,
  kBadRequest,   // no http or https URL, or a header that can't be sent
  kUnreachable,  // no connection: name, address, port
  kTls,          // no trusted connection
  kTimeout,
  kCut,          // the connection ended before the answer did
  kTooLarge,     // more bytes than allowed
  kRedirect,     // too many, or to where none may lead
  kCompression,  // broken, cut off, or not the one asked for
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
  // trusted; CapacityError where the answer exceeds response_bytes_max; IOError where redirects
  // are too many or lead astray; Cancelled as soon as `stop` is requested.
  Result<Response> Send(const Request& request, std::stop_token stop);

  // Why the last Send() returned an error.
  Failure failure() const { return failure_; }

 private:
  struct Impl;
  Status Fail(Failure failure, Status status);
  Result<Response> SendOnce(const Request& request, const std::string& url, int64_t timeout_us,
                            std::stop_token stop);

  std::unique_ptr<Impl> impl_;
  Failure failure_ = Failure::kNone;
};

// Whether an answer of this status says where to ask instead: 301, 302, 303, 307, 308.
bool IsRedirect(int status);

}  // namespace headrace::http
