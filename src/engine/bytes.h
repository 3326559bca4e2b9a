// Numbers and byte strings in the blocks of the state: fixed-width little-endian numbers, and
// strings behind their 32-bit length.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/status.h"

namespace headrace::engine {

template <typename Number>
void AppendNumber(Number value, std::string* out) {
  static_assert(std::is_trivially_copyable_v<Number>);
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

inline void AppendString(std::string_view value, std::string* out) {
  AppendNumber(static_cast<uint32_t>(value.size()), out);
  out->append(value);
}

// Reads what the functions above wrote; every read past the end is an error.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename Number>
  Status ReadNumber(Number* value) {
    if (bytes_.size() < sizeof(Number)) return Truncated();
    std::memcpy(value, bytes_.data(), sizeof(Number));
    bytes_.remove_prefix(sizeof(Number));
    return Status::OK();
  }

  Status ReadString(std::string_view* value) {
    uint32_t size = 0;
    RETURN_NOT_OK(ReadNumber(&size));
    if (bytes_.size() < size) return Truncated();
    *value = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return Status::OK();
  }

  std::string_view rest() const { return bytes_; }
  bool done() const { return bytes_.empty(); }

 private:
  static Status Truncated() { return Status::Invalid("a block of the state is cut short"); }

  std::string_view bytes_;
};

}  // namespace headrace::engine
