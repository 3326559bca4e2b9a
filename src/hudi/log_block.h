// A log file is a sequence of blocks, each one:
//
//   "#HUDI#"                              6 bytes
//   size of the rest of the block         int64
//   format version (1), block type        int32, int32
//   header: count, {key, length, bytes}   int32 each
//   content: length, bytes                int64
//   footer: as the header, empty
//   size of the block before this field   int64, for reading backwards
//
// All integers are big-endian. Source: files written by Apache Hudi 1.2.0.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace headrace::hudi {

enum class LogBlockType : int32_t {
  kCommand = 0,
  kDelete = 1,
  kCorrupt = 2,
  kAvroData = 3,
  kHfileData = 4,
  kParquetData = 5,
  kCdcData = 6,
};

enum class LogHeader : int32_t {
  kInstantTime = 0,
  kTargetInstantTime = 1,  // command: the instant it rolls back
  kSchema = 2,             // Avro, with the meta columns
  kCommandBlockType = 3,
  kCompactedBlockTimes = 4,
  kIsPartial = 7,
};

struct LogBlock {
  LogBlockType type = LogBlockType::kCorrupt;
  std::map<LogHeader, std::string> header;
  std::string_view content;  // within the bytes of the file
  int64_t offset = 0;        // of the block in the file

  std::string Header(LogHeader key) const;  // "" where there is none
};

void AppendLogBlock(LogBlockType type, const std::map<LogHeader, std::string>& header,
                    std::string_view content, std::string* file);

// Returns the blocks of a file; its bytes must outlive them.
//
// Errors: Invalid at the first byte that isn't as above.
Result<std::vector<LogBlock>> ParseLogFile(std::string_view file);

}  // namespace headrace::hudi
