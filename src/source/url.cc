#include "source/url.h"

#include <curl/curl.h>

#include <memory>

namespace headrace::source {
namespace {

using UrlHandle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

UrlHandle ParseUrl(const std::string& url) {
  UrlHandle handle(curl_url(), &curl_url_cleanup);
  if (handle != nullptr && curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
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

std::optional<std::string> Encode(std::string_view text) {
  char* encoded = curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size()));
  if (encoded == nullptr) return std::nullopt;
  std::string value(encoded);
  curl_free(encoded);
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
  const auto encoded_name = Encode(name);
  const auto encoded_value = Encode(value);
  if (handle == nullptr || !encoded_name || !encoded_value) return std::nullopt;
  std::string query;
  const std::string old = Part(handle.get(), CURLUPART_QUERY).value_or("");
  for (size_t begin = 0; begin < old.size();) {
    const size_t end = std::min(old.find('&', begin), old.size());
    const std::string_view pair = std::string_view(old).substr(begin, end - begin);
    if (pair.substr(0, pair.find('=')) != *encoded_name) query.append(pair).append("&");
    begin = end + 1;
  }
  query += *encoded_name + "=" + *encoded_value;
  if (curl_url_set(handle.get(), CURLUPART_QUERY, query.c_str(), 0) != CURLUE_OK) {
    return std::nullopt;
  }
  return Part(handle.get(), CURLUPART_URL);
}

std::string RedactUrl(const std::string& url) {
  const UrlHandle handle = ParseUrl(url);
  if (handle == nullptr) return "(no URL)";
  for (const CURLUPart part :
       {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    curl_url_set(handle.get(), part, nullptr, 0);
  }
  return Part(handle.get(), CURLUPART_URL).value_or("(no URL)");
}

}  // namespace headrace::source
