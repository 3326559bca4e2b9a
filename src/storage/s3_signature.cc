#include "storage/s3_signature.h"

#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cctype>
#include <ctime>

#include "http/url.h"

namespace headrace::storage {
namespace {

std::string Hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string HmacSha256(std::string_view key, std::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return {reinterpret_cast<const char*>(digest), size};
}

// "20130524T000000Z"
std::string FormatTime(int64_t now_us) {
  const auto seconds = static_cast<time_t>(now_us / 1'000'000);
  tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &parts)};
}

std::string ToLower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

std::string EncodeS3Path(std::string_view path) {
  std::string encoded;
  size_t begin = 0;
  while (true) {
    const size_t end = std::min(path.find('/', begin), path.size());
    encoded += http::PercentEncode(path.substr(begin, end - begin));
    if (end == path.size()) return encoded;
    encoded += '/';
    begin = end + 1;
  }
}

std::string EncodeS3Query(const S3Query& query) {
  S3Query encoded;
  for (const auto& [name, value] : query)
    encoded.emplace_back(http::PercentEncode(name), http::PercentEncode(value));
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) {
    if (!text.empty()) text += '&';
    text.append(name).append("=").append(value);
  }
  return text;
}

std::string Sha256Hex(std::string_view data) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest);
  return Hex({reinterpret_cast<const char*>(digest), sizeof(digest)});
}

http::Headers SignS3Request(const S3Request& request, const S3Credentials& credentials,
                            std::string_view region, int64_t now_us) {
  const std::string time = FormatTime(now_us);
  const std::string day = time.substr(0, 8);
  http::Headers headers = request.headers;
  headers.emplace_back("x-amz-content-sha256", request.payload_sha256);
  headers.emplace_back("x-amz-date", time);
  if (!credentials.session_token.empty())
    headers.emplace_back("x-amz-security-token", credentials.session_token);

  http::Headers sorted = {{"host", request.host}};
  for (const auto& [name, value] : headers) sorted.emplace_back(ToLower(name), value);
  std::sort(sorted.begin(), sorted.end());
  std::string canonical = request.method + "\n" + EncodeS3Path(request.path) + "\n" +
                          EncodeS3Query(request.query) + "\n";
  std::string names;
  for (const auto& [name, value] : sorted) {
    canonical += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  canonical += "\n" + names + "\n" + request.payload_sha256;

  const std::string scope = day + "/" + std::string(region) + "/s3/aws4_request";
  std::string key = HmacSha256("AWS4" + credentials.secret_key, day);
  for (const std::string_view part :
       {region, std::string_view("s3"), std::string_view("aws4_request")})
    key = HmacSha256(key, part);
  const std::string signature = Hex(
      HmacSha256(key, "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + Sha256Hex(canonical)));
  headers.emplace_back("authorization", "AWS4-HMAC-SHA256 Credential=" + credentials.access_key +
                                            "/" + scope + ", SignedHeaders=" + names +
                                            ", Signature=" + signature);
  return headers;
}

}  // namespace headrace::storage
