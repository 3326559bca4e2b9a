#include "format/base64.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace headrace::format {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kNone = 255;

constexpr std::array<uint8_t, 256> MakeValues() {
  std::array<uint8_t, 256> values{};
  values.fill(kNone);
  for (size_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  return values;
}
constexpr std::array<uint8_t, 256> kValues = MakeValues();

}  // namespace

void EncodeBase64(std::string_view bytes, std::string* out) {
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j)
      bits = bits << 8 | (j < count ? static_cast<uint8_t>(bytes[i + j]) : 0);
    for (size_t j = 0; j < 4; ++j)
      out->push_back(j <= count ? kAlphabet[bits >> (18 - 6 * j) & 63] : '=');
  }
}

bool DecodeBase64(std::string_view text, std::string* out) {
  if (text.size() % 4 != 0) return false;
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  const size_t size = out->size();
  uint32_t bits = 0;
  for (size_t i = 0; i < text.size() - padding; ++i) {
    const uint8_t value = kValues[static_cast<uint8_t>(text[i])];
    if (value == kNone) {
      out->resize(size);
      return false;
    }
    bits = bits << 6 | value;
    // From the second character of four on, each completes a byte.
    if (i % 4 != 0) out->push_back(static_cast<char>(bits >> (6 - 2 * (i % 4))));
  }
  return true;
}

}  // namespace headrace::format
