#include "hudi/bloom_filter.h"

#include <algorithm>
#include <bit>

#include "format/base64.h"
#include "hudi/big_endian.h"

namespace headrace::hudi {
namespace {

constexpr int32_t kVersion = -1;
constexpr int8_t kMurmurHash = 1;
// The least rate of errors with 8 bits a key.
constexpr uint32_t kHashes = 6;
constexpr int64_t kBitsPerKeyMin = 8;
// A power of two each, as every size between: a vector can be folded in half, and a remainder is
// the lower bits.
constexpr uint64_t kBitsMin = 64;
constexpr uint64_t kBitsMax = uint64_t{1} << 26;
constexpr uint32_t kMultiplier = 0x5bd1e995;

uint32_t Mix(uint32_t word) {
  word *= kMultiplier;
  word ^= word >> 24;
  return word * kMultiplier;
}

uint64_t VectorBits(int64_t keys) {
  const auto bits = static_cast<uint64_t>(std::max<int64_t>(keys, 1) * kBitsPerKeyMin);
  return std::clamp(std::bit_ceil(bits), kBitsMin, kBitsMax);
}

// Java's Math.abs(hash % size).
uint32_t Position(uint32_t hash, uint32_t size) {
  const uint32_t magnitude = static_cast<int32_t>(hash) < 0 ? 0U - hash : hash;
  return std::has_single_bit(size) ? magnitude & (size - 1) : magnitude % size;
}

}  // namespace

BloomFilter::BloomFilter(int64_t keys_expected)
    : bits_(VectorBits(keys_expected) / 8),
      size_(static_cast<uint32_t>(8 * bits_.size())),
      hashes_(kHashes) {}

template <typename Visit>
void BloomFilter::VisitHashes(std::string_view key, Visit visit) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(key[i]); };
  // Of the words and the rest only how they are combined depends on the hash before.
  words_.resize(key.size() / 4);
  for (size_t i = 0; i < words_.size(); ++i)
    words_[i] = Mix(byte(4 * i) | byte(4 * i + 1) << 8 | byte(4 * i + 2) << 16 |
                    static_cast<uint32_t>(byte(4 * i + 3)) << 24);
  const size_t left = key.size() % 4;
  uint32_t rest = 0;
  for (size_t i = 0; i < left; ++i)  // the last byte is the lowest
    rest ^= static_cast<uint32_t>(static_cast<int8_t>(key[key.size() - 1 - i])) << 8 * i;
  uint32_t hash = 0;
  for (uint32_t i = 0; i < hashes_; ++i) {
    hash ^= static_cast<uint32_t>(key.size());
    for (const uint32_t word : words_) hash = hash * kMultiplier ^ word;
    if (left > 0) hash = (hash ^ rest) * kMultiplier;
    hash ^= hash >> 13;
    hash *= kMultiplier;
    hash ^= hash >> 15;
    if (!visit(hash)) return;
  }
}

void BloomFilter::Add(std::string_view key) {
  ++keys_;
  VisitHashes(key, [this](uint32_t hash) {
    const uint32_t bit = Position(hash, size_);
    bits_[bit / 8] |= static_cast<uint8_t>(1 << bit % 8);
    return true;
  });
}

bool BloomFilter::MayContain(std::string_view key) {
  bool may = true;
  VisitHashes(key, [&](uint32_t hash) {
    const uint32_t bit = Position(hash, size_);
    return may = (bits_[bit / 8] >> bit % 8 & 1) != 0;
  });
  return may;
}

std::string BloomFilter::ToText() const {
  std::vector<uint8_t> bits = bits_;
  const size_t wanted = std::min<uint64_t>(bits.size(), VectorBits(keys_) / 8);
  while (bits.size() > wanted) {
    const size_t half = bits.size() / 2;
    for (size_t i = 0; i < half; ++i) bits[i] |= bits[half + i];
    bits.resize(half);
  }
  std::string bytes, text;
  AppendBigEndian(kVersion, &bytes);
  AppendBigEndian(static_cast<int32_t>(hashes_), &bytes);
  AppendBigEndian(kMurmurHash, &bytes);
  AppendBigEndian(static_cast<int32_t>(8 * bits.size()), &bytes);
  bytes.append(reinterpret_cast<const char*>(bits.data()), bits.size());
  format::EncodeBase64(bytes, &text);
  return text;
}

Result<BloomFilter> BloomFilter::FromText(std::string_view text) {
  std::string bytes;
  if (!format::DecodeBase64(text, &bytes)) return Status::Invalid("the filter is no Base64");
  std::string_view rest = bytes;
  int32_t version = 0, hashes = 0, size = 0;
  int8_t kind = 0;
  constexpr int32_t kHashesMax = 1000;
  if (!TakeBigEndian(&rest, &version) || !TakeBigEndian(&rest, &hashes) ||
      !TakeBigEndian(&rest, &kind) || !TakeBigEndian(&rest, &size) || version != kVersion ||
      kind != kMurmurHash || hashes <= 0 || hashes > kHashesMax || size <= 0 ||
      rest.size() != (static_cast<size_t>(size) + 7) / 8)
    return Status::Invalid("the filter is none of Murmur hashes, or is cut");
  BloomFilter filter;
  filter.bits_.assign(rest.begin(), rest.end());
  filter.size_ = static_cast<uint32_t>(size);
  filter.hashes_ = static_cast<uint32_t>(hashes);
  return filter;
}

}  // namespace headrace::hudi
