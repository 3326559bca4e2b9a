#include "storage/s3_client.h"

#include <random>

#include "base/clock.h"
#include "base/logging.h"
#include "base/units.h"
#include "storage/s3_error.h"
#include "storage/s3_xml.h"

namespace headrace::storage {
namespace {

constexpr size_t kIdleConnectionsMax = 32;
constexpr int64_t kStallTimeoutMicros = 30'000'000;
constexpr int64_t kTimeoutMicros = 600'000'000;

// Some requests are answered with 200 before the store knows how they end.
bool IsAnswer(const std::string& method, const http::Response& answer) {
  if (answer.status == 412 || answer.status == 416) return true;
  const bool may_hold_error = method == "POST" && !ParseS3Error(answer.body).code.empty();
  return answer.status >= 200 && answer.status < 300 && !may_hold_error;
}

}  // namespace

S3Client::S3Client(std::string bucket, S3Options options, Environment environment,
                   S3Endpoint endpoint, S3Credentials credentials, const http::RetryPolicy& retries)
    : bucket_(std::move(bucket)),
      options_(std::move(options)),
      environment_(std::move(environment)),
      endpoint_(std::move(endpoint)),
      retries_(retries),
      credentials_(std::move(credentials)) {}

Result<std::unique_ptr<S3Client>> S3Client::Make(std::string bucket, S3Options options,
                                                 Environment environment,
                                                 const http::RetryPolicy& retries) {
  ASSIGN_OR_RAISE(S3Endpoint endpoint, FindS3Endpoint(options, environment));
  ASSIGN_OR_RAISE(S3Credentials credentials, FindS3Credentials(options, environment));
  return std::unique_ptr<S3Client>(new S3Client(std::move(bucket), std::move(options),
                                                std::move(environment), std::move(endpoint),
                                                std::move(credentials), retries));
}

S3Credentials S3Client::credentials() {
  const std::lock_guard lock(mutex_);
  return credentials_;
}

// Looks whether the files of the AWS tools hold other credentials by now.
bool S3Client::RenewCredentials() {
  Result<S3Credentials> found = FindS3Credentials(options_, environment_);
  const std::lock_guard lock(mutex_);
  if (!found.ok() || *found == credentials_) return false;
  credentials_ = *std::move(found);
  return true;
}

std::unique_ptr<http::Client> S3Client::TakeConnection() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<http::Client>();
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void S3Client::KeepConnection(std::unique_ptr<http::Client> connection) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleConnectionsMax) idle_.push_back(std::move(connection));
}

Result<http::Response> S3Client::SendOnce(const S3Request& signed_part, http::Request* request) {
  request->headers =
      SignS3Request(signed_part, credentials(), endpoint_.region, Clock::System().NowMicros());
  auto connection = TakeConnection();
  Result<http::Response> answer = connection->Send(*request, {});
  KeepConnection(std::move(connection));
  return answer;
}

Result<http::Response> S3Client::Send(S3Call call) {
  S3Request to_sign;
  to_sign.method = call.method;
  to_sign.host = endpoint_.path_style ? endpoint_.host : bucket_ + "." + endpoint_.host;
  to_sign.path = (endpoint_.path_style ? "/" + bucket_ : "") +
                 (call.key.empty() && endpoint_.path_style ? "" : "/" + call.key);
  to_sign.query = std::move(call.query);
  to_sign.headers = std::move(call.headers);
  to_sign.payload_sha256 = Sha256Hex(call.body);
  http::Request request;
  request.method = call.method;
  request.url = endpoint_.scheme + "://" + to_sign.host + EncodeS3Path(to_sign.path);
  if (!to_sign.query.empty()) request.url += "?" + EncodeS3Query(to_sign.query);
  request.body = std::move(call.body);
  request.ca_file = endpoint_.ca_file;
  request.accept_gzip = false;
  request.redirects_max = 0;  // one leads to another host, for which it must be signed anew
  request.timeout_us = kTimeoutMicros;
  request.stall_timeout_us = kStallTimeoutMicros;
  request.response_bytes_max = call.answer_bytes_max;

  const std::string place = "s3://" + bucket_ + (call.key.empty() ? "" : "/" + call.key);
  http::Backoff backoff(retries_, std::random_device()());
  bool has_renewed = false;
  while (true) {
    Result<http::Response> answer = SendOnce(to_sign, &request);
    if (answer.ok() && IsAnswer(call.method, *answer)) return answer;
    std::optional<int64_t> retry_after_us;
    Status reason = answer.ok() ? S3ErrorOf(*answer, place) : WithContext(place, answer.status());
    if (answer.ok() && !has_renewed && AreCredentialsRefused(*answer) && RenewCredentials()) {
      has_renewed = true;
      continue;
    }
    if (KindOf(reason) != ErrorKind::kTransient) return reason;
    if (answer.ok()) retry_after_us = http::RetryAfter(*answer, Clock::System().NowMicros());
    const std::optional<int64_t> delay_us = backoff.Next(retry_after_us);
    if (!delay_us.has_value()) return reason;
    LogWarning("storage", "{}; next attempt in {}", reason.message(), FormatDuration(*delay_us));
    http::SleepFor(*delay_us, {});
  }
}

}  // namespace headrace::storage
