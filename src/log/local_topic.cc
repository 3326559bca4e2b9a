#include "log/local_topic.h"

#include <chrono>

namespace headrace::log {
namespace {

rocksdb::Slice AsSlice(const std::string& bytes) { return {bytes.data(), bytes.size()}; }

// The first key after those of a partition.
std::string IndexEnd(uint32_t topic, int32_t partition) {
  return IndexKey(topic, partition + 1, 0);
}

}  // namespace

Result<std::shared_ptr<LocalTopic>> LocalTopic::Load(std::shared_ptr<LocalLogCore> core,
                                                     const std::string& name,
                                                     const TopicEntry& entry) {
  std::shared_ptr<LocalTopic> topic(new LocalTopic(std::move(core), name, entry));
  RETURN_NOT_OK(topic->LoadPartitions());
  RETURN_NOT_OK(topic->LoadReaders());
  return topic;
}

Status LocalTopic::LoadPartitions() {
  LogDatabase& database = *core_->database;
  const std::unique_ptr<rocksdb::Iterator> entries(database.db().NewIterator({}, database.meta()));
  for (int32_t partition = static_cast<int32_t>(partitions_.size());
       partition < entry_.options.partitions; ++partition) {
    auto state = std::make_unique<PartitionState>();
    const std::string begin = IndexKey(entry_.id, partition, 0);
    const std::string end = IndexEnd(entry_.id, partition);
    entries->Seek(begin);
    if (entries->Valid() && entries->key().compare(end) < 0) {
      const auto oldest = DecodeIndex(entries->value().ToStringView());
      state->first = BaseOffsetOf(entries->key().ToStringView());
      entries->SeekForPrev(end);
      if (entries->Valid() && entries->key() == AsSlice(end)) entries->Prev();
      const auto newest = entries->Valid() ? DecodeIndex(entries->value().ToStringView())
                                           : std::optional<IndexEntry>();
      if (!oldest || !newest) {
        return Status::IOError("the index of ", Place(partition, state->first), " is corrupt");
      }
      state->next = BaseOffsetOf(entries->key().ToStringView()) + newest->records;
      state->first_bytes = oldest->bytes_before;
      state->next_bytes = newest->bytes_before + newest->bytes;
    }
    RETURN_NOT_OK(FromRocksDb("cannot read topic '" + name_ + "'", entries->status()));
    partitions_.push_back(std::move(state));
  }
  return Status::OK();
}

Status LocalTopic::LoadReaders() {
  LogDatabase& database = *core_->database;
  const std::unique_ptr<rocksdb::Iterator> entries(database.db().NewIterator({}, database.meta()));
  const std::string prefix = ReaderKeyPrefix(entry_.id);
  for (entries->Seek(prefix); entries->Valid() && entries->key().starts_with(prefix);
       entries->Next()) {
    const auto entry = DecodeReader(entries->key().ToStringView(), entries->value().ToStringView());
    if (!entry) return Status::IOError("a reader's offset in topic '", name_, "' is corrupt");
    readers_[entry->reader][entry->partition] = entry->offset;
  }
  return FromRocksDb("cannot read topic '" + name_ + "'", entries->status());
}

int32_t LocalTopic::partitions() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int32_t>(partitions_.size());
}

Result<PartitionState*> LocalTopic::FindPartition(int32_t partition) const {
  const std::lock_guard lock(mutex_);
  if (partition < 0 || partition >= static_cast<int32_t>(partitions_.size())) {
    return Status::Invalid("topic '", name_, "' has no partition ", partition, "; it has ",
                           partitions_.size());
  }
  return partitions_[partition].get();
}

Status LocalTopic::CheckWritable() const {
  if (!core_->database->read_only()) return Status::OK();
  return Status::Invalid("topic '", name_, "' was opened for reading only");
}

std::string LocalTopic::Place(int32_t partition, int64_t offset) const {
  return "topic '" + name_ + "' partition " + std::to_string(partition) + " offset " +
         std::to_string(offset) + " (log in " + core_->database->folder() + ")";
}

Result<int64_t> LocalTopic::Append(int32_t partition, std::string block,
                                   const ProducerCursor& cursor) {
  RETURN_NOT_OK(CheckWritable());
  PendingWrite write;
  ASSIGN_OR_RAISE(write.state, FindPartition(partition));
  ASSIGN_OR_RAISE(write.header, ReadBlockHeader(block));
  if (write.header.records == 0) return Status::Invalid("a record block without records");
  write.topic = entry_.id;
  write.partition = partition;
  write.block = std::move(block);
  if (!cursor.producer.empty()) write.cursor = &cursor;
  RETURN_NOT_OK(core_->queue.Commit(&write));
  // Taken and let go, so that who is about to wait has not looked before the records came.
  { const std::lock_guard lock(mutex_); }
  appended_.notify_all();
  return write.base_offset;
}

Status LocalTopic::StoreCursor(const ProducerCursor& cursor) {
  RETURN_NOT_OK(CheckWritable());
  if (cursor.producer.empty()) return Status::Invalid("a cursor without a producer");
  PendingWrite write;
  write.topic = entry_.id;
  write.cursor = &cursor;
  return core_->queue.Commit(&write);
}

Result<std::optional<std::string>> LocalTopic::ReadCursor(const std::string& producer) {
  LogDatabase& database = *core_->database;
  std::string position;
  const rocksdb::Status status =
      database.db().Get({}, database.meta(), CursorKey(entry_.id, producer), &position);
  if (status.IsNotFound()) return std::nullopt;
  RETURN_NOT_OK(FromRocksDb("cannot read the cursor of '" + producer + "'", status));
  return position;
}

Result<std::vector<RecordBlock>> LocalTopic::Read(int32_t partition, int64_t offset,
                                                  const ReadLimits& limits) {
  ASSIGN_OR_RAISE(PartitionState* const state, FindPartition(partition));
  const int64_t next = state->next;
  LogDatabase& database = *core_->database;
  const std::unique_ptr<rocksdb::Iterator> entries(
      database.db().NewIterator({}, database.blocks()));
  // Looked at after the iterator was made: retention moves `first` before it deletes, so whatever
  // is not before `first` here, the iterator sees.
  const int64_t first = state->first;
  if (offset < first || offset > next) {
    return Status::Invalid(Place(partition, offset), " does not exist; it holds ", first, " to ",
                           next);
  }
  std::vector<RecordBlock> blocks;
  int64_t bytes = 0;
  const int64_t end =
      offset + std::min(std::min(next, limits.end) - offset, std::max<int64_t>(limits.records, 1));
  if (offset < end) entries->SeekForPrev(BlockKey(entry_.id, partition, offset));
  for (int64_t position = offset; position < end; entries->Next()) {
    RETURN_NOT_OK(FromRocksDb("cannot read " + Place(partition, position), entries->status()));
    const auto key = entries->Valid() ? entries->key().ToStringView() : std::string_view();
    const std::string prefix = BlockKey(entry_.id, partition, 0).substr(0, 8);
    if (!key.starts_with(prefix)) {
      return Status::IOError("the block with ", Place(partition, position), " is missing");
    }
    if (!blocks.empty() && bytes + static_cast<int64_t>(entries->value().size()) > limits.bytes) {
      break;
    }
    const int64_t base = BaseOffsetOf(key);
    auto parsed = RecordBlock::Parse(entries->value().ToString(), base);
    if (!parsed.ok()) {
      return Status::IOError(Place(partition, base), ": ", parsed.status().message());
    }
    if (base > position || parsed->next_offset() <= position) {
      return Status::IOError("the block with ", Place(partition, position), " is missing");
    }
    bytes += parsed->bytes();
    parsed->Trim(position, std::min(end, parsed->next_offset()));
    position = parsed->next_offset();
    blocks.push_back(*std::move(parsed));
  }
  return blocks;
}

Result<OffsetRange> LocalTopic::Offsets(int32_t partition) {
  ASSIGN_OR_RAISE(const PartitionState* const state, FindPartition(partition));
  return OffsetRange{.first = state->first, .next = state->next};
}

Status LocalTopic::CommitOffset(const std::string& reader, int32_t partition, int64_t offset) {
  RETURN_NOT_OK(CheckWritable());
  RETURN_NOT_OK(FindPartition(partition).status());
  LogDatabase& database = *core_->database;
  const std::lock_guard lock(mutex_);
  // Not synced: what a crash loses is only how much may be deleted. RocksDB recovers a prefix of
  // its writes, so no deletion outlives the offset that allowed it.
  RETURN_NOT_OK(
      FromRocksDb("cannot store the offset of reader '" + reader + "'",
                  database.db().Put({}, database.meta(), ReaderKey(entry_.id, partition, reader),
                                    EncodeOffset(offset))));
  readers_[reader][partition] = offset;
  return Status::OK();
}

bool LocalTopic::WaitForRecords(int32_t partition, int64_t offset, int64_t timeout_us) {
  const auto state = FindPartition(partition);
  if (!state.ok()) return false;
  std::unique_lock lock(mutex_);
  return appended_.wait_for(lock, std::chrono::microseconds(timeout_us),
                            [&] { return (*state)->next > offset; });
}

TopicEntry LocalTopic::entry() const {
  const std::lock_guard lock(mutex_);
  return entry_;
}

TopicInfo LocalTopic::Info() const {
  const std::lock_guard lock(mutex_);
  TopicInfo info{.name = name_, .options = entry_.options, .bytes = 0};
  for (const auto& state : partitions_) {
    info.partitions.push_back({.first = state->first, .next = state->next});
    *info.bytes += state->next_bytes - state->first_bytes;
  }
  for (const auto& [reader, offsets] : readers_) {
    for (const auto& [partition, offset] : offsets) {
      info.readers.push_back({.reader = reader, .partition = partition, .offset = offset});
    }
  }
  return info;
}

Status LocalTopic::SetOptions(const TopicOptions& options) {
  const std::lock_guard lock(mutex_);
  entry_.options = options;
  return LoadPartitions();
}

}  // namespace headrace::log
