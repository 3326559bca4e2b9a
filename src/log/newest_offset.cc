#include <algorithm>

#include "log/log.h"

namespace headrace::log {
namespace {

// Of [begin, end); stops at `enough`.
Result<int64_t> CountRecords(ReadableTopic& topic, int32_t partition, int64_t begin, int64_t end,
                             int64_t enough) {
  int64_t records = 0;
  while (begin < end && records < enough) {
    ASSIGN_OR_RAISE(const auto blocks, topic.Read(partition, begin, {.end = end}));
    if (blocks.empty()) break;
    for (const RecordBlock& block : blocks) records += block.records();
    begin = blocks.back().next_offset();
  }
  return records;
}

}  // namespace

Result<int64_t> OffsetOfNewest(ReadableTopic& topic, int32_t partition, int64_t records) {
  ASSIGN_OR_RAISE(const OffsetRange range, topic.Offsets(partition));
  for (int64_t back = records;; back *= 2) {
    const int64_t begin = std::max(range.first, range.next - back);
    if (begin == range.first || records == 0) return begin;
    ASSIGN_OR_RAISE(const int64_t found,
                    CountRecords(topic, partition, begin, range.next, records));
    if (found >= records) return begin;
  }
}

}  // namespace headrace::log
