#include "http/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <mutex>

#include "base/clock.h"
#include "base/units.h"
#include "http/gzip.h"
#include "http/url.h"

namespace headrace::http {
namespace {

constexpr int64_t kHeaderBytesMax = 256 << 10;

// What arrives while a request runs.
struct Transfer {
  Response response;
  int64_t bytes_max = 0;
  int64_t header_bytes = 0;
  bool too_large = false;
};

size_t OnBody(char* data, size_t size, size_t count, void* context) {
  auto* transfer = static_cast<Transfer*>(context);
  const size_t bytes = size * count;
  std::string& body = transfer->response.body;
  if (static_cast<int64_t>(body.size() + bytes) > transfer->bytes_max) {
    transfer->too_large = true;
    return 0;
  }
  body.append(data, bytes);
  return bytes;
}

std::string_view Trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

size_t OnHeader(char* data, size_t size, size_t count, void* context) {
  auto* transfer = static_cast<Transfer*>(context);
  const std::string_view line(data, size * count);
  transfer->header_bytes += static_cast<int64_t>(line.size());
  if (transfer->header_bytes > kHeaderBytesMax) {
    transfer->too_large = true;
    return 0;
  }
  if (line.starts_with("HTTP/")) {  // what an interim answer (1xx) said does not count
    transfer->response.headers.clear();
    return line.size();
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  transfer->response.headers.emplace_back(std::move(name), Trim(line.substr(colon + 1)));
  return line.size();
}

Failure FailureOf(CURLcode code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return Failure::kBadRequest;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
      return Failure::kTls;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
      return Failure::kUnreachable;
    case CURLE_OPERATION_TIMEDOUT:
      return Failure::kTimeout;
    default:
      return Failure::kCut;
  }
}

// Says why a transfer failed. libcurl's own text never holds headers.
Status ErrorOf(CURLcode code, const char* detail, const std::string& url) {
  const Failure failure = FailureOf(code);
  const char* what = failure == Failure::kUnreachable ? " cannot be reached: "
                     : failure == Failure::kCut       ? " broke off its answer: "
                                                      : ": ";
  const std::string message = url + what + (*detail == '\0' ? curl_easy_strerror(code) : detail);
  // A handshake that breaks off may pass; a certificate that isn't trusted stays so.
  if (code == CURLE_SSL_CONNECT_ERROR) return TransientError(message);
  if (code == CURLE_OUT_OF_MEMORY) return Status::OutOfMemory(message);
  switch (failure) {
    case Failure::kBadRequest:
      return UserError(message, "expected a URL as http://host:port/path");
    case Failure::kTls:
      return UserError(message,
                       "the server's certificate isn't trusted: install its authority, or point "
                       "SSL_CERT_FILE at it");
    default:
      return TransientError(message);
  }
}

bool HasLineBreak(const Headers& headers) {
  return std::any_of(headers.begin(), headers.end(), [](const auto& header) {
    return (header.first + header.second).find_first_of("\r\n") != std::string::npos;
  });
}

// Whether the headers, user and password of `request` may go to `url`, where a redirect may lead.
bool MayGoPrivate(const Request& request, const std::string& url) {
  const std::string& trusted = request.trusted_url.empty() ? request.url : request.trusted_url;
  if (trusted == url) return true;
  const auto origin = OriginOf(trusted);
  return origin.has_value() && origin == OriginOf(url);
}

// Decompresses the body. Not left to libcurl, which takes a stream that is cut off for a whole one.
Status Decode(int64_t bytes_max, Response* response) {
  const auto encoding = response->Header("content-encoding");
  if (!encoding.has_value() || *encoding == "identity" || response->body.empty())
    return Status::OK();
  if (*encoding != "gzip" && *encoding != "x-gzip") {
    return TransientError("the server answered in the encoding '" + std::string(*encoding) +
                          "', asked for was gzip");
  }
  Result<std::string> body = Gunzip(response->body, bytes_max);
  if (body.status().IsInvalid()) return TransientError(body.status().message());
  ASSIGN_OR_RAISE(response->body, std::move(body));
  return Status::OK();
}

}  // namespace

std::optional<std::string_view> Response::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> Response::AllOf(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : headers) {
    if (key == name) values.push_back(value);
  }
  return values;
}

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

struct Client::Impl {
  Impl() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    easy = curl_easy_init();
    multi = curl_multi_init();
  }
  ~Impl() {
    curl_multi_cleanup(multi);
    curl_easy_cleanup(easy);
  }

  void Prepare(const Request& request, const std::string& url, int64_t timeout_us,
               Transfer* transfer);
  void AddHeaders(const Headers& added);
  CURLcode Perform(std::stop_token stop);

  CURL* easy = nullptr;
  CURLM* multi = nullptr;
  curl_slist* headers = nullptr;
  char error[CURL_ERROR_SIZE] = "";
};

void Client::Impl::AddHeaders(const Headers& added) {
  for (const auto& [name, value] : added) {
    // libcurl sends a header without a value only where it ends in a semicolon.
    headers =
        curl_slist_append(headers, (value.empty() ? name + ";" : name + ": " + value).c_str());
  }
}

void Client::Impl::Prepare(const Request& request, const std::string& url, int64_t timeout_us,
                           Transfer* transfer) {
  const bool is_private = MayGoPrivate(request, url);
  curl_easy_reset(easy);
  error[0] = '\0';
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // don't wait for a name server at the end
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "headrace/" HEADRACE_VERSION);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(std::max<int64_t>(1, request.connect_timeout_us / 1000)));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(std::max<int64_t>(1, timeout_us / 1000)));
  if (request.stall_timeout_us > 0) {  // less than a byte a second for so long
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                     static_cast<long>(std::max<int64_t>(1, request.stall_timeout_us / 1'000'000)));
  }
  if (!request.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
  if (is_private && !request.username.empty()) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(easy, CURLOPT_USERNAME, request.username.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, request.password.c_str());
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
  }
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  // Without this, libcurl waits for leave to send a large body, and some servers never give it.
  headers = curl_slist_append(nullptr, "Expect:");
  headers = curl_slist_append(
      headers, request.accept_gzip ? "Accept-Encoding: gzip" : "Accept-Encoding: identity");
  AddHeaders(request.public_headers);
  if (is_private) AddHeaders(request.headers);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
}

// Runs the prepared request in the multi interface: only that one can be woken from outside.
CURLcode Client::Impl::Perform(std::stop_token stop) {
  curl_multi_add_handle(multi, easy);
  CURLcode code = CURLE_ABORTED_BY_CALLBACK;  // what is left where `stop` ends the loop
  {
    const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi); });
    int running = 1;
    while (!stop.stop_requested()) {
      if (curl_multi_perform(multi, &running) != CURLM_OK) {
        code = CURLE_FAILED_INIT;
        break;
      }
      if (running == 0) {
        int left = 0;
        const CURLMsg* message = curl_multi_info_read(multi, &left);
        code = message != nullptr ? message->data.result : CURLE_FAILED_INIT;
        break;
      }
      curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
    }
  }
  curl_multi_remove_handle(multi, easy);
  curl_slist_free_all(headers);
  headers = nullptr;
  return code;
}

Client::Client() : impl_(std::make_unique<Impl>()) {}
Client::~Client() = default;

Status Client::Fail(Failure failure, Status status) {
  failure_ = failure;
  return status;
}

Result<Response> Client::Send(const Request& request, std::stop_token stop) {
  failure_ = Failure::kNone;
  if (HasLineBreak(request.headers) || HasLineBreak(request.public_headers))
    return Fail(Failure::kBadRequest, UserError("an HTTP header holds a line break"));
  if (!ResolveUrl(request.url, request.url).has_value()) {
    return Fail(Failure::kBadRequest, UserError(RedactUrl(request.url) + " is no http or https URL",
                                                "expected a URL as http://host:port/path"));
  }
  const bool follows = request.method == "GET" || request.method == "HEAD";
  const int redirects_max = follows ? request.redirects_max : 0;
  const int64_t deadline_us = MonotonicMicros() + request.timeout_us;
  std::string url = request.url;
  for (int redirects = 0;; ++redirects) {
    ASSIGN_OR_RAISE(Response response,
                    SendOnce(request, url, deadline_us - MonotonicMicros(), stop));
    if (!IsRedirect(response.status) || redirects_max == 0) return response;
    if (redirects == redirects_max) {
      return Fail(Failure::kRedirect,
                  Status::IOError(RedactUrl(request.url), " redirects more than ", redirects_max,
                                  " times"));
    }
    auto next = RedirectTarget(url, std::string(response.Header("location").value_or("")));
    if (!next.ok()) return Fail(Failure::kRedirect, next.status());
    url = *std::move(next);
  }
}

Result<Response> Client::SendOnce(const Request& request, const std::string& url,
                                  int64_t timeout_us, std::stop_token stop) {
  Transfer transfer;
  transfer.bytes_max = request.response_bytes_max;
  impl_->Prepare(request, url, timeout_us, &transfer);
  const CURLcode code = impl_->Perform(stop);
  const std::string place = RedactUrl(url);
  const Status too_large = Status::CapacityError(
      place, " answers with more than the ", FormatSize(request.response_bytes_max), " allowed");
  if (code != CURLE_OK) {
    if (stop.stop_requested()) return Fail(Failure::kStopped, Status::Cancelled("stopped"));
    if (transfer.too_large) return Fail(Failure::kTooLarge, too_large);
    return Fail(FailureOf(code), ErrorOf(code, impl_->error, place));
  }
  long status = 0;
  curl_easy_getinfo(impl_->easy, CURLINFO_RESPONSE_CODE, &status);
  Response& response = transfer.response;
  response.status = static_cast<int>(status);
  response.url = url;
  response.received_bytes = static_cast<int64_t>(response.body.size());
  if (!request.accept_gzip) return std::move(response);
  const Status decoded = Decode(request.response_bytes_max, &response);
  if (decoded.IsCapacityError()) return Fail(Failure::kTooLarge, too_large);
  if (!decoded.ok()) return Fail(Failure::kCompression, WithContext(place, decoded));
  return std::move(response);
}

}  // namespace headrace::http
