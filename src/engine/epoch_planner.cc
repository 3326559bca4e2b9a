#include "engine/epoch_planner.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace::engine {
namespace {

constexpr int64_t kFirstRecordsMax = 64 << 10;
constexpr int64_t kLeastRecordsMax = 1 << 10;
constexpr int64_t kGreatestRecordsMax = 4 << 20;
constexpr int64_t kBytesMax = 128 << 20;  // two epochs may be under way
constexpr int64_t kLeastWaitUs = 1000;

}  // namespace

EpochPlanner::EpochPlanner(std::string reader, int64_t commit_every_us)
    : reader_(std::move(reader)),
      commit_every_us_(commit_every_us),
      records_max_(kFirstRecordsMax) {}

Status EpochPlanner::AddTopic(std::shared_ptr<log::ReadableTopic> topic, const Offsets& offsets,
                              const std::vector<int64_t>& start) {
  for (int32_t number = 0; number < topic->partitions(); ++number) {
    const bool added = std::ranges::any_of(partitions_, [&](const Partition& partition) {
      return partition.topic == topic && partition.number == number;
    });
    if (added) continue;
    ASSIGN_OR_RAISE(const log::OffsetRange kept, topic->Offsets(number));
    const auto known = offsets.find({topic->name(), number});
    const int64_t first = start.empty() ? kept.first : start[static_cast<size_t>(number)];
    const int64_t next = known == offsets.end() ? first : known->second;
    RETURN_NOT_OK(CheckEnd(*topic, kept.next, next));
    RETURN_NOT_OK(topic->CommitOffset(reader_, number, next));
    const std::lock_guard lock(mutex_);
    partitions_.push_back(
        {topic, number, next, next, known != offsets.end() || next == kept.first});
  }
  return Status::OK();
}

Status EpochPlanner::CheckEnd(const log::ReadableTopic& topic, int64_t end, int64_t next) const {
  if (next <= end) return Status::OK();
  return UserError(
      fmt::format("topic '{}' ends at offset {}, but the state has processed it up to {}",
                  topic.name(), end, next),
      "the log was removed, or the topic made anew, while the state was kept; run once with "
      "--reset-state");
}

Result<std::vector<EpochRange>> EpochPlanner::Plan() {
  std::vector<EpochRange> ranges;
  behind_ = false;
  const int64_t share =
      std::max<int64_t>(1, records_max_ / std::max<int64_t>(1, std::ssize(partitions_)));
  for (const Partition& partition : partitions_) {
    ASSIGN_OR_RAISE(const log::OffsetRange kept, partition.topic->Offsets(partition.number));
    RETURN_NOT_OK(CheckEnd(*partition.topic, kept.next, partition.next));
    const int64_t end = std::min(kept.next, partition.next + share);
    if (end == partition.next && partition.recorded) continue;
    behind_ |= end < kept.next;
    ranges.push_back({partition.topic->name(), partition.number, partition.next, end});
  }
  return ranges;
}

EpochPlanner::Partition* EpochPlanner::Find(const EpochRange& range) {
  const auto found = std::ranges::find_if(partitions_, [&](const Partition& partition) {
    return partition.topic->name() == range.topic && partition.number == range.partition;
  });
  return found == partitions_.end() ? nullptr : &*found;
}

void EpochPlanner::Computed(const std::vector<EpochRange>& ranges) {
  const std::lock_guard lock(mutex_);
  for (const EpochRange& range : ranges) {
    Partition* const partition = Find(range);
    if (partition == nullptr) continue;
    partition->next = range.end;
    partition->recorded = true;
  }
}

Status EpochPlanner::Completed(const std::vector<EpochRange>& ranges, int64_t took_us,
                               int64_t bytes) {
  int64_t records = 0;
  for (const EpochRange& range : ranges) {
    records += range.end - range.begin;
    Partition* const partition = Find(range);
    if (partition == nullptr) continue;
    {
      const std::lock_guard lock(mutex_);
      partition->completed = range.end;
    }
    RETURN_NOT_OK(partition->topic->CommitOffset(reader_, partition->number, range.end));
  }
  // Only an epoch near the bound says something about it.
  if (took_us > 2 * commit_every_us_ || bytes > kBytesMax) {
    records_max_ = std::max(kLeastRecordsMax, records_max_ / 2);
  } else if (records > records_max_ / 2 && took_us < commit_every_us_ / 2 &&
             bytes < kBytesMax / 2) {
    records_max_ = std::min(kGreatestRecordsMax, records_max_ * 2);
  }
  return Status::OK();
}

// Takes turns: a topic can wake us only for itself.
void EpochPlanner::Wait(int64_t timeout_us) {
  if (partitions_.empty()) return;
  const int64_t turns = std::ssize(partitions_);
  const int64_t turn_us = std::max(kLeastWaitUs, timeout_us / turns);
  for (int64_t turn = 0; turn < turns; ++turn) {
    const Partition& partition = partitions_[waits_++ % partitions_.size()];
    if (partition.topic->WaitForRecords(partition.number, partition.next, turn_us)) return;
  }
}

Result<Offsets> EpochPlanner::Lag() {
  std::vector<Partition> partitions;
  {
    const std::lock_guard lock(mutex_);
    partitions = partitions_;
  }
  // A server may be asked, so not under the lock.
  Offsets lag;
  for (const Partition& partition : partitions) {
    ASSIGN_OR_RAISE(const log::OffsetRange kept, partition.topic->Offsets(partition.number));
    lag[{partition.topic->name(), partition.number}] = kept.next - partition.completed;
  }
  return lag;
}

}  // namespace headrace::engine
