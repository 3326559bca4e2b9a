// A Topic for tests that fails.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/log.h"

namespace headrace::source {

// Delegates to a topic and fails one append, as a disk may.
class FailingTopic : public log::Topic {
 public:
  FailingTopic(std::shared_ptr<log::Topic> topic, int fail_at)
      : topic_(std::move(topic)), fail_at_(fail_at) {}
  const std::string& name() const override { return topic_->name(); }
  int32_t partitions() const override { return topic_->partitions(); }
  Result<int64_t> Append(int32_t partition, std::string block,
                         const log::ProducerCursor& cursor) override {
    if (--fail_at_ == 0) return Status::IOError("the disk is full");
    return topic_->Append(partition, std::move(block), cursor);
  }
  Status StoreCursor(const log::ProducerCursor& cursor) override {
    return topic_->StoreCursor(cursor);
  }
  Result<std::optional<std::string>> ReadCursor(const std::string& producer) override {
    return topic_->ReadCursor(producer);
  }
  Result<std::vector<log::RecordBlock>> Read(int32_t partition, int64_t offset,
                                             const log::ReadLimits& limits) override {
    return topic_->Read(partition, offset, limits);
  }
  Result<log::OffsetRange> Offsets(int32_t partition) override {
    return topic_->Offsets(partition);
  }
  Status CommitOffset(const std::string& reader, int32_t partition, int64_t offset) override {
    return topic_->CommitOffset(reader, partition, offset);
  }
  bool WaitForRecords(int32_t partition, int64_t offset, int64_t timeout_us) override {
    return topic_->WaitForRecords(partition, offset, timeout_us);
  }

 private:
  const std::shared_ptr<log::Topic> topic_;
  int fail_at_;
};

}  // namespace headrace::source
