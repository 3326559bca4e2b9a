#include "http/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <mutex>

#include "http/gzip.h"

namespace headrace::http {
namespace {

constexpr int64_t kHeaderBytesMax = 1 << 20;

struct CurlUrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

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
  if (line.starts_with("HTTP/")) {  // the next answer of a chain of redirects begins
    transfer->response.headers.clear();
    transfer->response.body.clear();
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

Status ErrorOf(CURLcode code, const char* detail, const Transfer& transfer,
               const Request& request) {
  const std::string url = UrlForMessages(request.url);
  const std::string reason = *detail == '\0' ? curl_easy_strerror(code) : detail;
  if (transfer.too_large) {
    return Status::CapacityError(url, ": the answer exceeds ", request.response_bytes_max,
                                 " bytes");
  }
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return UserError(url + ": " + reason, "expected a URL as http://host:port/path");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return UserError(url + ": " + reason,
                       "the server's certificate isn't trusted: install its authority, or point "
                       "SSL_CERT_FILE at it");
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_OUT_OF_MEMORY:
      return Status::IOError(url, ": ", reason);
    default:
      return TransientError(url + ": " + reason);
  }
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

  void Prepare(const Request& request, Transfer* transfer);
  CURLcode Perform(std::stop_token stop);

  CURL* easy = nullptr;
  CURLM* multi = nullptr;
  curl_slist* headers = nullptr;
  char error[CURL_ERROR_SIZE] = "";
};

void Client::Impl::Prepare(const Request& request, Transfer* transfer) {
  curl_easy_reset(easy);
  error[0] = '\0';
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "headrace");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, request.redirects_max > 0 ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, static_cast<long>(request.redirects_max));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(std::max<int64_t>(1, request.connect_timeout_us / 1000)));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(std::max<int64_t>(1, request.timeout_us / 1000)));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
  if (!request.username.empty()) {
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
  headers = curl_slist_append(headers, "Accept-Encoding: gzip");
  for (const auto& [name, value] : request.headers) {
    headers = curl_slist_append(headers, (name + ": " + value).c_str());
  }
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

Result<Response> Client::Send(const Request& request, std::stop_token stop) {
  for (const auto& [name, value] : request.headers) {
    if ((name + value).find_first_of("\r\n") != std::string::npos)
      return UserError("the HTTP header '" + name + "' holds a line break");
  }
  Transfer transfer;
  transfer.bytes_max = request.response_bytes_max;
  impl_->Prepare(request, &transfer);
  const CURLcode code = impl_->Perform(stop);
  if (code != CURLE_OK && stop.stop_requested()) return Status::Cancelled("stopped");
  if (code != CURLE_OK) return ErrorOf(code, impl_->error, transfer, request);
  long status = 0;
  const char* url = nullptr;
  curl_easy_getinfo(impl_->easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(impl_->easy, CURLINFO_EFFECTIVE_URL, &url);
  transfer.response.status = static_cast<int>(status);
  transfer.response.url = url == nullptr ? request.url : url;
  const Status decoded = Decode(request.response_bytes_max, &transfer.response);
  if (!decoded.ok()) return WithContext(UrlForMessages(request.url), decoded);
  return std::move(transfer.response);
}

std::string UrlForMessages(const std::string& url) {
  const std::unique_ptr<CURLU, CurlUrlDeleter> parsed(curl_url());
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
      CURLUE_OK) {
    return "a URL that is none";
  }
  for (const CURLUPart part :
       {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    curl_url_set(parsed.get(), part, nullptr, 0);
  }
  char* text = nullptr;
  if (curl_url_get(parsed.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) return "a URL";
  std::string result(text);
  curl_free(text);
  return result;
}

std::string PercentEncode(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

}  // namespace headrace::http
