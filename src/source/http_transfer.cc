#include "source/http_transfer.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/units.h"
#include "source/url.h"

namespace headrace::source {
namespace {

constexpr size_t kHeaderBytesMax = 256 << 10;
constexpr int kWaitMs = 100;

void* NewMultiHandle() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  return curl_multi_init();
}

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

bool Is(std::string_view header, std::string_view name) {
  return header.size() == name.size() && curl_strnequal(header.data(), name.data(), name.size());
}

// What comes back of one request, and curl's callbacks that take it.
class Receiver {
 public:
  explicit Receiver(int64_t bytes_max) : bytes_max_(bytes_max) {}

  static size_t OnBody(char* data, size_t size, size_t count, void* self) {
    return static_cast<Receiver*>(self)->TakeBody({data, size * count});
  }
  static size_t OnHeader(char* data, size_t size, size_t count, void* self) {
    return static_cast<Receiver*>(self)->TakeHeader({data, size * count});
  }
  // Bytes over the wire are bounded too: a compressed stream may grow without giving any output.
  static int OnProgress(void* self, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) {
    auto* receiver = static_cast<Receiver*>(self);
    receiver->answer.received_bytes = received;
    if (received > receiver->bytes_max_) receiver->too_large = true;
    return receiver->too_large ? 1 : 0;
  }

  TransferAnswer answer;
  bool too_large = false;

 private:
  size_t TakeBody(std::string_view data) {
    too_large |= answer.body.size() + data.size() > static_cast<size_t>(bytes_max_);
    if (too_large) return 0;
    answer.body.append(data);
    return data.size();
  }

  size_t TakeHeader(std::string_view line) {
    header_bytes_ += line.size();
    too_large |= header_bytes_ > kHeaderBytesMax;
    if (too_large) return 0;
    // A status line begins a new set: what an interim answer (1xx) said does not count.
    if (line.starts_with("HTTP/")) answer = {};
    const size_t colon = std::min(line.find(':'), line.size());
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = Trim(line.substr(std::min(colon + 1, line.size())));
    if (Is(name, "etag")) answer.etag = value;
    if (Is(name, "last-modified")) answer.last_modified = value;
    if (Is(name, "location")) answer.location = value;
    if (Is(name, "retry-after")) answer.retry_after = value;
    if (Is(name, "link")) answer.links.emplace_back(value);
    return line.size();
  }

  const int64_t bytes_max_;
  size_t header_bytes_ = 0;
};

// Runs the request that `easy` is set up for; nothing where it was stopped.
std::optional<CURLcode> Run(CURLM* multi, CURL* easy, const std::stop_token& stop) {
  const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
  curl_multi_add_handle(multi, easy);
  std::optional<CURLcode> code;
  while (!stop.stop_requested() && !code) {
    int running = 0;
    if (curl_multi_perform(multi, &running) != CURLM_OK) code = CURLE_FAILED_INIT;
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(multi, &left);
    if (message != nullptr && message->msg == CURLMSG_DONE) code = message->data.result;
    if (!code) curl_multi_poll(multi, nullptr, 0, kWaitMs, nullptr);
  }
  curl_multi_remove_handle(multi, easy);
  return code;
}

// Says in which way a request failed. curl's own text never holds headers.
BadAnswer Explain(CURLcode code, const char* detail, bool too_large,
                  const TransferRequest& request) {
  const std::string url = RedactUrl(request.url);
  if (too_large) {
    return {BadAnswerReason::kTooLarge,
            url + " answers with more than the " + FormatSize(request.bytes_max) + " allowed"};
  }
  const std::string because = std::string(*detail != '\0' ? detail : curl_easy_strerror(code));
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return {BadAnswerReason::kTimeout, url + ": " + because, true};
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
      return {BadAnswerReason::kUnreachable, url + " cannot be reached: " + because, true};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return {BadAnswerReason::kTls, url + " has no certificate to be trusted: " + because};
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {BadAnswerReason::kUnreachable, url + " is no http or https URL"};
    case CURLE_BAD_CONTENT_ENCODING:
      return {BadAnswerReason::kMalformed, url + " answers with broken compression: " + because,
              true};
    default:
      return {BadAnswerReason::kCut, url + " broke off its answer: " + because, true};
  }
}

void SetUp(CURL* easy, const TransferRequest& request, Receiver* receiver) {
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(request.connect_timeout_us / 1000));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout_us / 1000));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // don't wait for a name server at the end
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Receiver::OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, receiver);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Receiver::OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, receiver);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &Receiver::OnProgress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, receiver);
}

}  // namespace

HttpTransfer::HttpTransfer() : multi_(NewMultiHandle()), easy_(curl_easy_init()) {}

HttpTransfer::~HttpTransfer() {
  curl_easy_cleanup(easy_);
  curl_multi_cleanup(multi_);
}

std::variant<TransferAnswer, BadAnswer> HttpTransfer::Perform(const TransferRequest& request,
                                                              const std::stop_token& stop) {
  Receiver receiver(request.bytes_max);
  std::array<char, CURL_ERROR_SIZE> error{};
  curl_slist* list = nullptr;
  for (const std::string& header : request.headers) {
    list = curl_slist_append(list, header.c_str());
  }
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(list,
                                                                            &curl_slist_free_all);
  curl_easy_reset(easy_);
  SetUp(easy_, request, &receiver);
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error.data());
  const std::optional<CURLcode> code = Run(multi_, easy_, stop);
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_reset(easy_);  // Nothing of what was on this stack stays behind.
  if (!code) return BadAnswer{BadAnswerReason::kStopped, "stopped"};
  if (*code != CURLE_OK) return Explain(*code, error.data(), receiver.too_large, request);
  receiver.answer.status = static_cast<int>(status);
  return std::move(receiver.answer);
}

}  // namespace headrace::source
