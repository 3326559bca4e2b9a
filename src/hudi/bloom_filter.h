// The Bloom filter of a base file's record keys, in the form that Apache Hudi keeps in the footer:
// of its types the one called SIMPLE, one bit vector. It serves writers that look keys up with the
// Bloom index. Source: org.apache.hudi.common.bloom of Apache Hudi 1.2.0, with the hash of Hadoop's
// MurmurHash, a MurmurHash2 whose last bytes are taken in reverse order and with their signs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace headrace::hudi {

// Holds 1 to 2 bytes a key expected. Not thread-safe.
class BloomFilter {
 public:
  // With up to `keys_expected` keys, at most 2.2 % of the keys that were not added seem to be
  // there; with more keys more do. 8 MiB are the most that it takes.
  explicit BloomFilter(int64_t keys_expected);

  void Add(std::string_view key);

  // False where a key was surely not added.
  bool MayContain(std::string_view key);

  // Returns the filter as text (Base64), of the size that the keys added want.
  std::string ToText() const;

  // Reads what ToText() or Hudi has written.
  //
  // Errors: Invalid where the text is of another type, or broken.
  static Result<BloomFilter> FromText(std::string_view text);

 private:
  BloomFilter() = default;

  // Calls `visit` with each of the key's hashes, until one returns false.
  template <typename Visit>
  void VisitHashes(std::string_view key, Visit visit);

  std::vector<uint8_t> bits_;    // bit i is in byte i / 8, from its lowest bit up
  uint32_t size_ = 0;            // of the vector, in bits
  uint32_t hashes_ = 0;          // of a key
  int64_t keys_ = 0;             // added
  std::vector<uint32_t> words_;  // of the key at hand, mixed
};

}  // namespace headrace::hudi
