// Sends signed requests to one bucket of S3 until they are answered: attempts that met an
// overloaded or absent store are repeated with back-off, and Retry-After is heeded.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/status.h"
#include "http/http_client.h"
#include "http/retry.h"
#include "storage/s3_options.h"
#include "storage/s3_signature.h"

namespace headrace::storage {

struct S3Call {
  std::string method = "GET";
  std::string key = "";  // empty: the bucket itself
  S3Query query = {};
  http::Headers headers = {};
  std::string body = "";
  int64_t answer_bytes_max = 64 << 20;
};

// Nine attempts within about 15 s.
constexpr http::RetryPolicy kS3Retries{.retries_max = 8,
                                       .first_delay_us = 100'000,
                                       .delay_us_max = 5'000'000,
                                       .retry_after_us_max = 60'000'000};

// Thread-safe: each call under way has a connection of its own, and connections are kept.
class S3Client {
 public:
  // Errors: those of FindS3Endpoint and FindS3Credentials.
  static Result<std::unique_ptr<S3Client>> Make(std::string bucket, S3Options options,
                                                Environment environment,
                                                const http::RetryPolicy& retries = kS3Retries);

  // Returns the answer where its status is 2xx, 412 (a condition that doesn't hold) or 416 (a range
  // beyond the end).
  //
  // Errors: those of S3ErrorOf and of http::Client::Send. A request whose answer was lost is sent
  // again, so the store may have done twice what it is asked to do.
  Result<http::Response> Send(S3Call call);

 private:
  S3Client(std::string bucket, S3Options options, Environment environment, S3Endpoint endpoint,
           S3Credentials credentials, const http::RetryPolicy& retries);
  Result<http::Response> SendOnce(const S3Request& signed_part, http::Request* request);
  S3Credentials credentials();
  bool RenewCredentials();
  std::unique_ptr<http::Client> TakeConnection();
  void KeepConnection(std::unique_ptr<http::Client> connection);

  const std::string bucket_;
  const S3Options options_;
  const Environment environment_;
  const S3Endpoint endpoint_;
  const http::RetryPolicy retries_;
  std::mutex mutex_;
  S3Credentials credentials_;
  std::vector<std::unique_ptr<http::Client>> idle_;
};

}  // namespace headrace::storage
