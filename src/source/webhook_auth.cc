#include "source/webhook_auth.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "format/base64.h"
#include "sql/names.h"

namespace headrace::source {
namespace {

std::string Sha256(std::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return {reinterpret_cast<const char*>(digest), sizeof(digest)};
}

bool SameBytes(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<std::string> FromHex(std::string_view text) {
  if (text.size() != 2 * SHA256_DIGEST_LENGTH) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    int byte = 0;
    for (const char c : text.substr(i, 2)) {
      const char digit = sql::ToLower(c);
      if (digit >= '0' && digit <= '9') {
        byte = byte * 16 + (digit - '0');
      } else if (digit >= 'a' && digit <= 'f') {
        byte = byte * 16 + (digit - 'a' + 10);
      } else {
        return std::nullopt;
      }
    }
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

}  // namespace

bool ShowsToken(std::string_view authorization, const pipeline::Secret& token) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!sql::SameName(authorization.substr(0, kScheme.size()), kScheme)) return false;
  // Of equal length whatever was sent, so that not even the length is told.
  return SameBytes(Sha256(authorization.substr(kScheme.size())), Sha256(token.value));
}

bool IsSigned(std::string_view body, std::string_view signature, const pipeline::Secret& key) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.value.data(), static_cast<int>(key.value.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest, &size);
  const std::string_view expected(reinterpret_cast<const char*>(digest), size);
  if (signature.starts_with("sha256=")) signature.remove_prefix(7);
  if (const auto bytes = FromHex(signature)) return SameBytes(*bytes, expected);
  std::string bytes;
  return format::DecodeBase64(signature, &bytes) && SameBytes(bytes, expected);
}

}  // namespace headrace::source
