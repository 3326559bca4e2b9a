#include "log/block_format.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cassert>
#include <cstring>

namespace headrace::log {
namespace {

constexpr size_t kChecksumOffset = kBlockHeaderBytes - sizeof(uint64_t);

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the format is little-endian");

template <typename T>
T Load(std::string_view bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(value));
  return value;
}

template <typename T>
void Store(T value, size_t offset, std::string* bytes) {
  std::memcpy(bytes->data() + offset, &value, sizeof(value));
}

// The checksum of the header seeds that of the records, so one number covers both.
uint64_t Checksum(std::string_view block) {
  const uint64_t seed = XXH3_64bits(block.data(), kChecksumOffset);
  return XXH3_64bits_withSeed(block.data() + kBlockHeaderBytes, block.size() - kBlockHeaderBytes,
                              seed);
}

}  // namespace

void SealBlock(const BlockHeader& header, std::string* block) {
  assert(block->size() >= kBlockHeaderBytes);
  Store(kBlockMagic, 0, block);
  Store(header.records, 4, block);
  Store(header.base_timestamp_us, 8, block);
  Store(header.max_timestamp_us, 16, block);
  Store(Checksum(*block), kChecksumOffset, block);
}

Result<BlockHeader> ReadBlockHeader(std::string_view block) {
  if (block.size() < kBlockHeaderBytes) {
    return Status::Invalid("a record block of ", block.size(), " bytes is shorter than its header");
  }
  if (block.size() > kBlockBytesMax) {
    return Status::Invalid("a record block of ", block.size(), " bytes; the most is ",
                           kBlockBytesMax);
  }
  if (Load<uint32_t>(block, 0) != kBlockMagic) {
    return Status::Invalid("a record block that does not begin with HRB1");
  }
  if (Load<uint64_t>(block, kChecksumOffset) != Checksum(block)) {
    return Status::Invalid("a record block whose checksum does not match its ", block.size(),
                           " bytes");
  }
  return BlockHeader{.records = Load<uint32_t>(block, 4),
                     .base_timestamp_us = Load<int64_t>(block, 8),
                     .max_timestamp_us = Load<int64_t>(block, 16)};
}

void AppendVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

bool ReadVarint(std::string_view bytes, size_t* position, uint64_t* value) {
  uint64_t result = 0;
  for (int shift = 0; shift < 64 && *position < bytes.size(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes[(*position)++]);
    if (shift == 63 && byte > 1) return false;
    result |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      *value = result;
      return true;
    }
  }
  return false;
}

}  // namespace headrace::log
