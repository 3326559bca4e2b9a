// Big-endian integers, as Java's DataOutputStream writes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace headrace::hudi {

template <typename Integer>
void AppendBigEndian(Integer value, std::string* out) {
  for (int shift = 8 * (sizeof(Integer) - 1); shift >= 0; shift -= 8)
    out->push_back(static_cast<char>(static_cast<uint64_t>(value) >> shift));
}

// Takes an integer off the front of `bytes`; false where they are too few.
template <typename Integer>
bool TakeBigEndian(std::string_view* bytes, Integer* value) {
  if (bytes->size() < sizeof(Integer)) return false;
  uint64_t bits = 0;
  for (size_t i = 0; i < sizeof(Integer); ++i) bits = bits << 8 | static_cast<uint8_t>((*bytes)[i]);
  *value = static_cast<Integer>(bits);
  bytes->remove_prefix(sizeof(Integer));
  return true;
}

// Takes `size` bytes off the front; false where they are too few.
inline bool TakeBytes(std::string_view* bytes, int64_t size, std::string_view* value) {
  if (size < 0 || static_cast<uint64_t>(size) > bytes->size()) return false;
  *value = bytes->substr(0, size);
  bytes->remove_prefix(size);
  return true;
}

}  // namespace headrace::hudi
