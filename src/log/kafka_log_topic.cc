#include "log/kafka_log_topic.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "kafka/client.h"

namespace headrace::log {
namespace {

constexpr int64_t kLookEveryUs = 3'000'000;
constexpr int kLookMs = 2'000;
// So often in a row must a topic be missing: a broker that just started may not know it yet.
constexpr int kTimesGoneMax = 3;

}  // namespace

Result<std::shared_ptr<KafkaLogTopic>> KafkaLogTopic::Open(std::shared_ptr<KafkaLogCore> core,
                                                           const std::string& name,
                                                           int32_t partitions) {
  const std::string topic = core->config.topic_prefix + name;
  ASSIGN_OR_RAISE(auto reads, KafkaTopic::Open(core->client, name, topic, partitions));
  reads->KeepHeaders();
  return std::shared_ptr<KafkaLogTopic>(
      new KafkaLogTopic(std::move(core), topic, std::move(reads)));
}

Status KafkaLogTopic::CheckWritable() const {
  if (core_->writer != nullptr) return Status::OK();
  return Status::Invalid("topic '", name(), "' was opened for reading only");
}

Result<int64_t> KafkaLogTopic::Append(int32_t partition, std::string block,
                                      const ProducerCursor& cursor) {
  RETURN_NOT_OK(CheckWritable());
  if (partition < 0 || partition >= partitions()) {
    return Status::Invalid("topic '", name(), "' has no partition ", partition, "; it has ",
                           partitions());
  }
  ASSIGN_OR_RAISE(const RecordBlock parsed, RecordBlock::Parse(std::move(block), 0));
  if (parsed.records() == 0) return Status::Invalid("a record block without records");
  RETURN_NOT_OK(core_->writer->Append(topic_, partition, &parsed,
                                      cursor.producer.empty() ? nullptr : &cursor));
  return -1;
}

Status KafkaLogTopic::StoreCursor(const ProducerCursor& cursor) {
  RETURN_NOT_OK(CheckWritable());
  if (cursor.producer.empty()) return Status::Invalid("a cursor without a producer");
  return core_->writer->Append(topic_, 0, nullptr, &cursor);
}

Result<std::optional<std::string>> KafkaLogTopic::ReadCursor(const std::string& producer) {
  RETURN_NOT_OK(CheckWritable());
  return core_->writer->Cursor(topic_, producer);
}

Result<std::vector<RecordBlock>> KafkaLogTopic::Read(int32_t partition, int64_t offset,
                                                     const ReadLimits& limits) {
  return reads_->Read(partition, offset, limits);
}

Result<OffsetRange> KafkaLogTopic::Offsets(int32_t partition) {
  RETURN_NOT_OK(LookForPartitions());
  return reads_->Offsets(partition);
}

Status KafkaLogTopic::CommitOffset(const std::string& reader, int32_t partition, int64_t offset) {
  const std::lock_guard lock(mutex_);
  readers_[reader][partition] = offset;
  return Status::OK();
}

Status KafkaLogTopic::LookForPartitions() {
  const std::lock_guard lock(mutex_);
  if (MonotonicMicros() < look_us_) return Status::OK();
  const bool is_first = look_us_ == 0;  // It was just opened.
  look_us_ = MonotonicMicros() + kLookEveryUs;
  if (is_first) return Status::OK();
  const auto there = kafka::CountPartitions(core_->client.get(), topic_, kLookMs);
  look_us_ = MonotonicMicros() + kLookEveryUs;
  if (!there.ok())
    return KindOf(there.status()) == ErrorKind::kTransient ? Status::OK() : there.status();
  if (*there > reads_->partitions()) reads_->SetPartitions(*there);
  times_gone_ = *there == 0 ? times_gone_ + 1 : 0;
  if (times_gone_ < kTimesGoneMax) return Status::OK();
  return UserError(fmt::format("the Kafka topic '{}', which is topic '{}' of the log, was deleted",
                               topic_, name()),
                   "what was read of it is kept; run once with --reset-state to go on with the "
                   "topic made anew");
}

TopicInfo KafkaLogTopic::Info() {
  TopicInfo info{.name = name(), .options = {.retention_us = core_->config.retention_us}};
  info.options.partitions = partitions();
  for (int32_t i = 0; i < partitions(); ++i)
    info.partitions.push_back(reads_->Offsets(i).ValueOr(OffsetRange{}));
  return info;
}

Status KafkaLogTopic::ApplyRetention(int64_t now_us) {
  std::map<std::string, std::map<int32_t, int64_t>> readers;
  {
    const std::lock_guard lock(mutex_);
    readers = readers_;
  }
  // Without a reader nobody can tell what was processed: the run that does will see to it.
  if (core_->config.retention_us == 0 || readers.empty()) return Status::OK();
  ASSIGN_OR_RAISE(auto before, reads_->OffsetsAt((now_us - core_->config.retention_us) / 1000));
  ASSIGN_OR_RAISE(const auto begins, reads_->BeginOffsets());
  bool any = false;
  for (size_t i = 0; i < before.size(); ++i) {
    for (auto& [reader, offsets] : readers)
      before[i] = std::min(before[i], offsets[static_cast<int32_t>(i)]);
    any |= before[i] > begins[i];
    before[i] = std::max(before[i], begins[i]);
  }
  return any ? kafka::DeleteRecords(core_->client.get(), topic_, before) : Status::OK();
}

}  // namespace headrace::log
