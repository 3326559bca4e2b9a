// A WriteQueue is the group commit of the local log: writers that come while a synced write is
// under way wait, and the next write takes all of them at once. So the cost of a sync is shared by
// whoever appends at the same time, to whatever topic.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

#include "base/status.h"
#include "log/block_format.h"
#include "log/log.h"
#include "log/log_database.h"

namespace headrace::log {

// The state of a partition. Offsets move only when what they speak of is durable.
struct PartitionState {
  std::atomic<int64_t> first{0};
  std::atomic<int64_t> next{0};
  std::atomic<int64_t> first_bytes{0};  // bytes of all blocks before `first`
  std::atomic<int64_t> next_bytes{0};   // bytes of all blocks that ever were
};

// What one writer wants written, in one atomic step: a block, a cursor, or both.
struct PendingWrite {
  uint32_t topic = 0;
  int32_t partition = 0;
  PartitionState* state = nullptr;  // none: no block
  std::string block;
  BlockHeader header;
  const ProducerCursor* cursor = nullptr;

  // Answers.
  int64_t base_offset = 0;
  Status status;
  bool done = false;
};

// Thread-safe.
class WriteQueue {
 public:
  WriteQueue(LogDatabase& database, Durability durability)
      : database_(database), durability_(durability) {}

  // Writes and waits until it is durable. Returns write->status; on an error nothing of it was
  // written and no offset is used up.
  Status Commit(PendingWrite* write);

 private:
  Status WriteGroup(const std::deque<PendingWrite*>& group);
  Status WriteBatch(const std::deque<PendingWrite*>& group);

  LogDatabase& database_;
  const Durability durability_;
  bool failed_ = false;  // The last write failed. Only the leader looks at it.

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<PendingWrite*> waiting_;  // One at most for each thread that writes.
  bool leading_ = false;               // A leader is writing its group.
};

}  // namespace headrace::log
