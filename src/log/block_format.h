// The bytes of a record block, as docs/LOCAL_LOG.md describes them: a header of fixed size, then
// the records. Integers are little-endian; a "varint" is the base-128 encoding of Protocol Buffers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace headrace::log {

inline constexpr uint32_t kBlockMagic = 0x31425248;  // "HRB1"
inline constexpr size_t kBlockHeaderBytes = 32;
// The largest block that a log takes, and so the most that one atomic append can hold.
inline constexpr size_t kBlockBytesMax = size_t{1} << 30;

struct BlockHeader {
  uint32_t records = 0;
  int64_t base_timestamp_us = 0;  // that of the first record; each record holds its distance to it
  int64_t max_timestamp_us = 0;
};

// Writes the header, with the checksum of everything else, over the first kBlockHeaderBytes of
// `block`.
void SealBlock(const BlockHeader& header, std::string* block);

// Checks magic, size and checksum of a block. Errors: Invalid where one of them is wrong, saying
// which.
Result<BlockHeader> ReadBlockHeader(std::string_view block);

void AppendVarint(uint64_t value, std::string* out);
// Reads a varint at `*position` and moves it past; false where the bytes end first or it has more
// than 64 bits.
bool ReadVarint(std::string_view bytes, size_t* position, uint64_t* value);

// Small distances of either sign become small varints.
inline uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

}  // namespace headrace::log
