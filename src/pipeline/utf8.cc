#include "pipeline/utf8.h"

namespace headrace::pipeline {
namespace {

bool IsBetween(unsigned char c, unsigned char low, unsigned char high) {
  return low <= c && c <= high;
}

// The length of the well-formed character at the start of `text`, 0 where there is none.
size_t CharacterLength(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : static_cast<unsigned char>(0);
  };
  const auto continued = [&](size_t i) { return IsBetween(byte(i), 0x80, 0xBF); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (IsBetween(first, 0xC2, 0xDF)) return continued(1) ? 2 : 0;
  if (IsBetween(first, 0xE0, 0xEF)) {
    const unsigned char low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned char high = first == 0xED ? 0x9F : 0xBF;
    return IsBetween(byte(1), low, high) && continued(2) ? 3 : 0;
  }
  if (IsBetween(first, 0xF0, 0xF4)) {
    const unsigned char low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xF4 ? 0x8F : 0xBF;
    return IsBetween(byte(1), low, high) && continued(2) && continued(3) ? 4 : 0;
  }
  return 0;
}

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

}  // namespace

std::optional<size_t> FirstUnprintable(std::string_view text) {
  for (size_t offset = 0; offset < text.size();) {
    const size_t length = CharacterLength(text.substr(offset));
    if (length == 0 || IsControl(text[offset])) return offset;
    offset += length;
  }
  return std::nullopt;
}

}  // namespace headrace::pipeline
