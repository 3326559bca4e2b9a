#include "http/url.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <memory>

namespace headrace::http {
namespace {

using UrlHandle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

UrlHandle ParseUrl(const std::string& url, unsigned int flags = 0) {
  UrlHandle handle(curl_url(), &curl_url_cleanup);
  if (handle != nullptr &&
      curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), flags) != CURLUE_OK) {
    handle.reset();
  }
  return handle;
}

std::optional<std::string> Part(CURLU* handle, CURLUPart part, unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(handle, part, &text, flags) != CURLUE_OK) return std::nullopt;
  std::string value(text);
  curl_free(text);
  return value;
}

}  // namespace

std::optional<std::string> ResolveUrl(const std::string& base, const std::string& reference) {
  const UrlHandle handle = ParseUrl(base);
  if (handle == nullptr || reference.empty()) return std::nullopt;
  if (curl_url_set(handle.get(), CURLUPART_URL, reference.c_str(), 0) != CURLUE_OK) {
    return std::nullopt;
  }
  const auto scheme = Part(handle.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return std::nullopt;
  return Part(handle.get(), CURLUPART_URL);
}

Result<std::string> RedirectTarget(const std::string& url, const std::string& location) {
  const auto target = ResolveUrl(url, location);
  if (!target) {
    return Status::IOError(RedactUrl(url), " redirects to what is no http or https URL");
  }
  const bool secure = OriginOf(url).value_or("").starts_with("https:");
  if (secure && !OriginOf(*target).value_or("").starts_with("https:")) {
    return Status::IOError(RedactUrl(url), " redirects from https to http, which is not followed");
  }
  return *target;
}

std::optional<std::string> OriginOf(const std::string& url) {
  const UrlHandle handle = ParseUrl(url);
  if (handle == nullptr) return std::nullopt;
  const auto scheme = Part(handle.get(), CURLUPART_SCHEME);
  auto host = Part(handle.get(), CURLUPART_HOST);
  const auto port = Part(handle.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (!scheme || !host || !port) return std::nullopt;
  for (char& c : *host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return *scheme + "://" + *host + ":" + *port;
}

std::optional<std::string> WithParameter(const std::string& url, std::string_view name,
                                         std::string_view value) {
  const UrlHandle handle = ParseUrl(url);
  if (handle == nullptr) return std::nullopt;
  const std::string encoded_name = PercentEncode(name);
  std::string query;
  const std::string old = Part(handle.get(), CURLUPART_QUERY).value_or("");
  for (size_t begin = 0; begin < old.size();) {
    const size_t end = std::min(old.find('&', begin), old.size());
    const std::string_view pair = std::string_view(old).substr(begin, end - begin);
    if (pair.substr(0, pair.find('=')) != encoded_name) query.append(pair).append("&");
    begin = end + 1;
  }
  query += encoded_name + "=" + PercentEncode(value);
  if (curl_url_set(handle.get(), CURLUPART_QUERY, query.c_str(), 0) != CURLUE_OK) {
    return std::nullopt;
  }
  return Part(handle.get(), CURLUPART_URL);
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

std::string RedactUrl(const std::string& url) {
  const UrlHandle handle = ParseUrl(url, CURLU_NON_SUPPORT_SCHEME);
  if (handle == nullptr) return "(no URL)";
  for (const CURLUPart part :
       {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    curl_url_set(handle.get(), part, nullptr, 0);
  }
  return Part(handle.get(), CURLUPART_URL).value_or("(no URL)");
}

}  // namespace headrace::http
