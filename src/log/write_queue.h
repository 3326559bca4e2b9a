// A WriteQueue is what writes to the local log: blocks and cursors, whose syncs are shared
// (group_commit.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/status.h"
#include "log/block_format.h"
#include "log/group_commit.h"
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
  size_t bytes() const { return block.size(); }

  // Answers.
  int64_t base_offset = 0;
  Status status;
  bool done = false;
};

// Thread-safe.
class WriteQueue {
 public:
  WriteQueue(LogDatabase& database, Durability durability)
      : database_(database),
        durability_(durability),
        commit_([this](const auto& group) { return WriteGroup(group); }) {}

  // Writes and waits until it is durable. Returns write->status; on an error nothing of it was
  // written and no offset is used up.
  Status Commit(PendingWrite* write) { return commit_.Commit(write); }

 private:
  Status WriteGroup(const GroupCommit<PendingWrite>::Group& group);
  Status WriteBatch(const GroupCommit<PendingWrite>::Group& group);

  LogDatabase& database_;
  const Durability durability_;
  bool failed_ = false;  // The last write failed. One thread at a time looks at it.
  GroupCommit<PendingWrite> commit_;
};

}  // namespace headrace::log
