// Retention of the local log: which blocks of a partition are old or too many, and no longer
// needed.
#include <algorithm>
#include <limits>

#include "log/local_topic.h"

namespace headrace::log {

int64_t LocalTopic::NeededFrom(int32_t partition) const {
  const std::lock_guard lock(mutex_);
  int64_t needed = std::numeric_limits<int64_t>::max();
  for (const auto& [reader, offsets] : readers_) {
    const auto found = offsets.find(partition);
    needed = std::min(needed, found == offsets.end() ? 0 : found->second);
  }
  return needed;
}

Result<int64_t> LocalTopic::ApplyRetention(int64_t now_us) {
  const std::lock_guard retention_lock(retention_mutex_);
  const TopicEntry topic = entry();
  const TopicOptions& options = topic.options;
  if (options.retention_us == 0 && options.retention_bytes == 0) return 0;
  LogDatabase& database = *core_->database;
  int64_t deleted = 0;
  for (int32_t partition = 0; partition < options.partitions; ++partition) {
    ASSIGN_OR_RAISE(PartitionState* const state, FindPartition(partition));
    const int64_t needed = NeededFrom(partition);
    const int64_t next = state->next;
    const int64_t next_bytes = state->next_bytes;
    int64_t keep = state->first;
    int64_t keep_bytes = state->first_bytes;
    const std::unique_ptr<rocksdb::Iterator> entries(
        database.db().NewIterator({}, database.meta()));
    for (entries->Seek(IndexKey(topic.id, partition, keep)); entries->Valid(); entries->Next()) {
      const auto entry = DecodeIndex(entries->value().ToStringView());
      if (!entry) return Status::IOError("the index of ", Place(partition, keep), " is corrupt");
      const int64_t after = BaseOffsetOf(entries->key().ToStringView()) + entry->records;
      const bool old =
          options.retention_us > 0 && entry->max_timestamp_us < now_us - options.retention_us;
      const bool too_many =
          options.retention_bytes > 0 && next_bytes - entry->bytes_before > options.retention_bytes;
      // The newest block stays, old or not: it says which offset comes next.
      if (after > needed || after >= next || (!old && !too_many)) break;
      keep = after;
      keep_bytes = entry->bytes_before + entry->bytes;
    }
    RETURN_NOT_OK(FromRocksDb("cannot read topic '" + name_ + "'", entries->status()));
    if (keep == state->first) continue;
    deleted += keep_bytes - state->first_bytes;
    RETURN_NOT_OK(DeleteBefore(partition, state, keep, keep_bytes));
  }
  return deleted;
}

Status LocalTopic::DeleteBefore(int32_t partition, PartitionState* state, int64_t offset,
                                int64_t bytes) {
  LogDatabase& database = *core_->database;
  const int64_t first = state->first;
  // First of all, so that no reader begins with a block that is about to go (see Read).
  state->first = offset;
  rocksdb::WriteBatch batch;
  batch.DeleteRange(database.meta(), IndexKey(entry_.id, partition, first),
                    IndexKey(entry_.id, partition, offset));
  batch.DeleteRange(database.blocks(), BlockKey(entry_.id, partition, first),
                    BlockKey(entry_.id, partition, offset));
  const Status status =
      FromRocksDb("cannot delete from " + Place(partition, first), database.db().Write({}, &batch));
  if (status.ok()) {
    state->first_bytes = bytes;
  } else {
    state->first = first;
  }
  return status;
}

}  // namespace headrace::log
