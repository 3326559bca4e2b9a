#include "source/nexmark_topic.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace headrace::source {
namespace {

// Memory of records: small enough to be taken from what was freed before.
using Chunks = std::vector<std::unique_ptr<char[]>>;
constexpr int64_t kChunkBytes = 64 << 10;
// What can be read at once where there is neither an end nor a rate.
constexpr int64_t kAhead = int64_t{16} << 20;

}  // namespace

NexmarkTopic::NexmarkTopic(const pipeline::Source& source, std::vector<int64_t> begin)
    : name_(source.name),
      nexmark_(std::get<pipeline::NexmarkSource>(source.connector)),
      generator_({.seed = nexmark_.seed,
                  .start_us = nexmark_.start_us,
                  .events_per_second = nexmark_.events_per_second}),
      begin_(std::move(begin)),
      opened_us_(MonotonicMicros()),
      read_(begin_) {}

Status NexmarkTopic::CheckPartition(int32_t partition) const {
  if (partition >= 0 && partition < partitions()) return Status::OK();
  return Status::Invalid("topic '", name_, "' has no partition ", partition, "; it has ",
                         partitions());
}

int64_t NexmarkTopic::Size(int32_t partition) const {
  const int64_t events =
      nexmark_.events == 0 ? pipeline::NexmarkSource::kEventsMax : nexmark_.events;
  return (events - partition + partitions() - 1) / partitions();
}

Result<std::vector<log::RecordBlock>> NexmarkTopic::Read(int32_t partition, int64_t offset,
                                                         const log::ReadLimits& limits) {
  RETURN_NOT_OK(CheckPartition(partition));
  int64_t end = limits.end;
  if (end == INT64_MAX) {
    ASSIGN_OR_RAISE(const log::OffsetRange range, Offsets(partition));
    end = range.next;
  }
  end = std::min(end, Size(partition));
  if (offset < 0 || offset > Size(partition)) {
    return Status::Invalid("topic '", name_, "' has no offset ", offset, " in partition ",
                           partition, "; it ends at ", Size(partition));
  }
  const int64_t records_max = std::min(end - offset, limits.records);
  if (records_max <= 0) return std::vector<log::RecordBlock>();
  auto chunks = std::make_shared<Chunks>();
  std::vector<log::Record> records;
  std::vector<int64_t> offsets;
  records.reserve(static_cast<size_t>(records_max));
  offsets.reserve(static_cast<size_t>(records_max));
  char* out = nullptr;
  int64_t left = 0;  // in the last chunk
  int64_t size = 0;
  while (std::ssize(records) < records_max && size < limits.bytes) {
    if (left < NexmarkGenerator::kEventBytesMax) {
      chunks->push_back(std::make_unique_for_overwrite<char[]>(kChunkBytes));
      out = chunks->back().get();
      left = kChunkBytes;
    }
    const int64_t number = (offset + std::ssize(records)) * partitions() + partition;
    const int64_t bytes = generator_.Write(number, out) - out;
    offsets.push_back(offset + std::ssize(records));
    records.push_back(
        {.value = {out, static_cast<size_t>(bytes)}, .timestamp_us = generator_.TimeOf(number)});
    out += bytes;
    left -= bytes;
    size += bytes;
  }
  const int64_t next = offset + std::ssize(records);
  {
    const std::lock_guard lock(mutex_);
    int64_t& read = read_[static_cast<size_t>(partition)];
    read = std::max(read, next);
  }
  std::vector<log::RecordBlock> blocks;
  blocks.push_back(log::RecordBlock::Of(std::move(records), std::move(offsets), offset, next,
                                        std::move(chunks)));
  return blocks;
}

Result<log::OffsetRange> NexmarkTopic::Offsets(int32_t partition) {
  RETURN_NOT_OK(CheckPartition(partition));
  const int64_t size = Size(partition);
  const std::lock_guard lock(mutex_);
  const int64_t read = read_[static_cast<size_t>(partition)];
  int64_t come = nexmark_.events == 0 ? read + kAhead : size;
  if (nexmark_.rate > 0) {
    const int64_t passed_us = MonotonicMicros() - opened_us_;
    const double events =
        static_cast<double>(passed_us) / 1e6 * static_cast<double>(nexmark_.rate) / partitions();
    come = begin_[static_cast<size_t>(partition)] + static_cast<int64_t>(events);
  }
  // An epoch that is run again may be ahead of the rate.
  return log::OffsetRange{0, std::min(size, std::max(come, read))};
}

}  // namespace headrace::source
