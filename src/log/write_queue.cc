#include "log/write_queue.h"

#include <rocksdb/write_batch.h>

#include <deque>

#include "base/fault.h"
#include "log/log_keys.h"

namespace headrace::log {

Status WriteQueue::WriteGroup(const GroupCommit<PendingWrite>::Group& group) {
  // After a failed write RocksDB refuses others until it has recovered. Where the disk was full it
  // looks for space by itself every few seconds and is "busy" with that; the write then tells.
  if (failed_) {
    const rocksdb::Status resumed = database_.db().Resume();
    if (!resumed.ok() && !resumed.IsBusy()) {
      return FromRocksDb("the log in " + database_.folder() + " cannot be written to", resumed);
    }
  }
  const Status status = WriteBatch(group);
  failed_ = !status.ok();
  return status;
}

Status WriteQueue::WriteBatch(const GroupCommit<PendingWrite>::Group& group) {
  rocksdb::WriteBatch batch;
  // Several blocks of the group may go to one partition: `next` moves while the batch is made, and
  // is published only afterwards, to readers by the caller's `done`.
  struct End {
    PartitionState* state;
    int64_t next;
    int64_t next_bytes;
  };
  std::deque<End> ends;
  for (PendingWrite* write : group) {
    if (write->cursor != nullptr) {
      batch.Put(database_.meta(), CursorKey(write->topic, write->cursor->producer),
                write->cursor->position);
    }
    if (write->state == nullptr) continue;
    End end{write->state, write->state->next, write->state->next_bytes};
    for (const End& earlier : ends) {
      if (earlier.state == write->state) end = earlier;
    }
    write->base_offset = end.next;
    batch.Put(database_.blocks(), BlockKey(write->topic, write->partition, write->base_offset),
              write->block);
    batch.Put(database_.meta(), IndexKey(write->topic, write->partition, write->base_offset),
              EncodeIndex({.records = write->header.records,
                           .max_timestamp_us = write->header.max_timestamp_us,
                           .bytes = static_cast<uint32_t>(write->block.size()),
                           .bytes_before = end.next_bytes}));
    end.next += write->header.records;
    end.next_bytes += static_cast<int64_t>(write->block.size());
    ends.push_back(end);
  }
  rocksdb::WriteOptions options;
  options.sync = durability_ == Durability::kMachine;
  FaultPoint("log.before_write");
  RETURN_NOT_OK(FromRocksDb("cannot write to the log in " + database_.folder(),
                            database_.db().Write(options, &batch)));
  FaultPoint("log.after_write");
  for (const End& end : ends) {
    end.state->next_bytes = end.next_bytes;
    end.state->next = end.next;
  }
  return Status::OK();
}

}  // namespace headrace::log
