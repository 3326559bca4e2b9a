// The binary encoding of Apache Avro 1.11 (https://avro.apache.org/docs/1.11.1/specification/), the
// part below schemas: varints, strings, floating point.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace headrace::avro {

// Appends values to a string.
class Writer {
 public:
  explicit Writer(std::string* out) : out_(out) {}

  void Bool(bool value) { out_->push_back(value ? 1 : 0); }
  void Long(int64_t value) {  // also int
    uint64_t rest = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
    for (; rest >= 0x80; rest >>= 7) out_->push_back(static_cast<char>(rest | 0x80));
    out_->push_back(static_cast<char>(rest));
  }
  void Float(float value) { Raw(&value, sizeof(value)); }
  void Double(double value) { Raw(&value, sizeof(value)); }
  void String(std::string_view value) {  // also bytes
    Long(static_cast<int64_t>(value.size()));
    out_->append(value);
  }
  void Fixed(std::string_view value) { out_->append(value); }

 private:
  void Raw(const void* value, size_t size) {  // little-endian, as this machine is
    out_->append(static_cast<const char*>(value), size);
  }
  std::string* out_;
};

// Reads values from bytes that may be anything: after the first that doesn't fit, failed() is true
// and every value is empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes), values_max_(4 * bytes.size() + 100'000) {}

  bool failed() const { return failed_; }
  size_t remaining() const { return rest_.size(); }
  void Fail() {
    failed_ = true;
    rest_ = {};
  }

  // Counts a value. Nulls and empty records take no bytes, so a hostile schema could ask for any
  // number of them: past a bound by the input's size the reader fails. False where it has failed.
  bool Count() {
    if (++values_ > values_max_) Fail();
    return !failed_;
  }

  bool Bool() {
    const std::string_view byte = Fixed(1);
    if (!byte.empty() && static_cast<uint8_t>(byte[0]) > 1) Fail();
    return !failed_ && byte[0] != 0;
  }
  int64_t Long() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const uint8_t byte = static_cast<uint8_t>(rest_[0]);
      rest_.remove_prefix(1);
      if (shift == 63 && byte > 1) break;  // more than 64 bits
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
    }
    Fail();
    return 0;
  }
  float Float() { return Raw<float>(); }
  double Double() { return Raw<double>(); }
  std::string_view String() { return Fixed(Long()); }
  std::string_view Fixed(int64_t size) {
    if (size < 0 || static_cast<uint64_t>(size) > rest_.size()) {
      Fail();
      return {};
    }
    const std::string_view value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }

  // Reads the head of the next block of an array or a map: the number of its items, 0 at the end.
  // Every item takes a byte at least, or the sequence is refused: so memory is bounded by input.
  int64_t Block() {
    int64_t count = Long();
    if (count < 0) {
      Long();  // the block's size in bytes, for skipping
      if (count == INT64_MIN) {
        Fail();
        return 0;
      }
      count = -count;
    }
    if (failed_ || static_cast<uint64_t>(count) > rest_.size()) {
      Fail();
      return 0;
    }
    return count;
  }

 private:
  template <typename T>
  T Raw() {
    const std::string_view bytes = Fixed(sizeof(T));
    T value = 0;
    if (bytes.size() == sizeof(T)) std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }
  std::string_view rest_;
  uint64_t values_ = 0;
  uint64_t values_max_;
  bool failed_ = false;
};

}  // namespace headrace::avro
