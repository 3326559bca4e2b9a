// A topic of the local log. Only the local log's own sources include this.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "log/log.h"
#include "log/log_database.h"
#include "log/log_keys.h"
#include "log/write_queue.h"

namespace headrace::log {

// What the log and its topics share; it lives as long as the last of them.
struct LocalLogCore {
  LocalLogCore(std::unique_ptr<LogDatabase> opened, Durability durability)
      : database(std::move(opened)), queue(*database, durability) {}
  std::unique_ptr<LogDatabase> database;
  WriteQueue queue;
};

class LocalTopic : public Topic {
 public:
  // Reads where the partitions begin and end and who reads them.
  static Result<std::shared_ptr<LocalTopic>> Load(std::shared_ptr<LocalLogCore> core,
                                                  const std::string& name, const TopicEntry& entry);

  const std::string& name() const override { return name_; }
  int32_t partitions() const override;
  Result<int64_t> Append(int32_t partition, std::string block,
                         const ProducerCursor& cursor) override;
  Status StoreCursor(const ProducerCursor& cursor) override;
  Result<std::optional<std::string>> ReadCursor(const std::string& producer) override;
  Result<std::vector<RecordBlock>> Read(int32_t partition, int64_t offset,
                                        const ReadLimits& limits) override;
  Result<OffsetRange> Offsets(int32_t partition) override;
  Status CommitOffset(const std::string& reader, int32_t partition, int64_t offset) override;
  bool WaitForRecords(int32_t partition, int64_t offset, int64_t timeout_us) override;

  TopicEntry entry() const;
  TopicInfo Info() const;
  // Takes other options over, which the log has stored already; partitions never become fewer.
  Status SetOptions(const TopicOptions& options);

  // Deletes what retention allows; returns the bytes of it.
  Result<int64_t> ApplyRetention(int64_t now_us);

 private:
  LocalTopic(std::shared_ptr<LocalLogCore> core, std::string name, const TopicEntry& entry)
      : core_(std::move(core)), name_(std::move(name)), entry_(entry) {}

  Status LoadPartitions();
  Status LoadReaders();
  Result<PartitionState*> FindPartition(int32_t partition) const;
  Status CheckWritable() const;
  // The least offset that some reader of `partition` needs; the largest number where none does.
  int64_t NeededFrom(int32_t partition) const;
  Status DeleteBefore(int32_t partition, PartitionState* state, int64_t offset, int64_t bytes);
  std::string Place(int32_t partition, int64_t offset) const;

  const std::shared_ptr<LocalLogCore> core_;
  const std::string name_;

  mutable std::mutex mutex_;
  std::condition_variable appended_;
  TopicEntry entry_;
  std::vector<std::unique_ptr<PartitionState>> partitions_;
  std::map<std::string, std::map<int32_t, int64_t>> readers_;
  std::mutex retention_mutex_;
};

}  // namespace headrace::log
