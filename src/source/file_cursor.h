// What a file source remembers in its topic, beside the records: which files it knows, and how far
// it has read each. One cursor holds all of them and is stored in one atomic step with the records.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace headrace::source {

// A file is known by its inode and its first bytes, whatever its name: so one that was renamed is
// told from one that took its name, and a new file from the one whose inode it got.
struct KnownFile {
  std::string path;  // where it was seen last
  uint64_t inode = 0;
  int64_t offset = 0;      // bytes (of a .gz file: unpacked) that are in the topic
  int64_t head_bytes = 0;  // of the first bytes that `head_hash` is of; at most `offset`
  uint64_t head_hash = 0;  // XXH3, 64 bits

  bool operator==(const KnownFile&) const = default;
};

// More first bytes than that are not looked at.
inline constexpr int64_t kHeadBytesMax = 4096;

uint64_t HashHead(std::string_view bytes);

std::string EncodeFileCursor(const std::vector<KnownFile>& files);  // as JSON
// Errors: Invalid where EncodeFileCursor did not make the text.
Result<std::vector<KnownFile>> DecodeFileCursor(const std::string& text);

}  // namespace headrace::source
