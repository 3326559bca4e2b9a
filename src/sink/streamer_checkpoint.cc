#include "sink/streamer_checkpoint.h"

#include <fmt/format.h>

#include <map>

namespace headrace::sink {

std::optional<std::string> StreamerCheckpoint(const std::vector<SourceOffset>& offsets) {
  std::map<int32_t, int64_t> next_offsets;
  for (const SourceOffset& offset : offsets) {
    if (offset.kafka_topic.empty() || offset.kafka_topic != offsets.front().kafka_topic)
      return std::nullopt;
    next_offsets[offset.partition] = offset.next_offset;
  }
  if (next_offsets.empty()) return std::nullopt;
  std::string checkpoint = offsets.front().kafka_topic;
  for (const auto& [partition, next_offset] : next_offsets)
    checkpoint += fmt::format(",{}:{}", partition, next_offset);
  return checkpoint;
}

}  // namespace headrace::sink
