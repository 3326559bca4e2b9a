#include "log/kafka_topic.h"

#include <algorithm>

#include "base/clock.h"
#include "base/logging.h"

namespace headrace::log {
namespace {

// How old the known end of a topic may be.
constexpr int64_t kRefreshUs = 20'000;
// So long must a topic end before where it ended: a broker that just started may know of less, for
// a moment.
constexpr int64_t kBehindUs = 10'000'000;
// How long a reader waits for a broker before it says so; the engine then reads again.
constexpr int kPatienceMs = 2'000;

// The bytes belong to the message.
Record RecordOf(const rd_kafka_message_t& message, bool with_headers) {
  Record record{.key = {static_cast<const char*>(message.key), message.key_len},
                .value = {static_cast<const char*>(message.payload), message.len},
                .tombstone = message.payload == nullptr,
                .timestamp_us = rd_kafka_message_timestamp(&message, nullptr) * 1000,
                .headers = {}};
  rd_kafka_headers_t* headers = nullptr;
  if (!with_headers || rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return record;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    record.headers.emplace_back(name, std::string_view(static_cast<const char*>(value), size));
  }
  return record;
}

}  // namespace

Result<std::shared_ptr<KafkaTopic>> KafkaTopic::Open(std::shared_ptr<rd_kafka_t> client,
                                                     std::string name, const std::string& topic,
                                                     int32_t partitions) {
  ASSIGN_OR_RAISE(auto reader, kafka::TopicReader::Open(std::move(client), topic));
  std::shared_ptr<KafkaTopic> opened(new KafkaTopic(std::move(name), std::move(reader)));
  opened->SetPartitions(partitions);
  ASSIGN_OR_RAISE(const auto begins, opened->BeginOffsets());
  ASSIGN_OR_RAISE(const auto ends, opened->EndOffsets());
  for (size_t i = 0; i < begins.size(); ++i) opened->known_[i] = {begins[i], ends[i]};
  return opened;
}

int32_t KafkaTopic::partitions() const {
  const std::lock_guard lock(mutex_);
  return partitions_;
}

void KafkaTopic::SetPartitions(int32_t partitions) {
  const std::lock_guard lock(mutex_);
  partitions_ = std::max(partitions_, partitions);
  known_.resize(static_cast<size_t>(partitions_));
  refreshed_us_ = 0;
}

Result<std::vector<int64_t>> KafkaTopic::BeginOffsets() {
  return reader_->BeginOffsets(partitions(), kafka::kTimeoutMs);
}

Result<std::vector<int64_t>> KafkaTopic::EndOffsets() {
  return reader_->EndOffsets(partitions(), kafka::kTimeoutMs);
}

Result<std::vector<int64_t>> KafkaTopic::OffsetsAt(int64_t timestamp_ms) {
  return reader_->OffsetsAt(timestamp_ms, partitions(), kafka::kTimeoutMs);
}

Result<std::vector<RecordBlock>> KafkaTopic::Read(int32_t partition, int64_t offset,
                                                  const ReadLimits& limits) {
  int64_t end = limits.end;
  if (end == INT64_MAX) {
    ASSIGN_OR_RAISE(const OffsetRange range, Offsets(partition));
    end = range.next;
  }
  std::vector<RecordBlock> blocks;
  if (offset >= end) return blocks;
  ASSIGN_OR_RAISE(
      auto read,
      reader_->Read(partition, offset,
                    {.messages = limits.records, .bytes = limits.bytes, .end = end}, kPatienceMs));
  auto batch = std::make_shared<kafka::MessageBatch>(std::move(read));
  std::vector<Record> records;
  std::vector<int64_t> offsets;
  records.reserve(batch->messages.size());
  offsets.reserve(batch->messages.size());
  for (const auto& message : batch->messages) {
    records.push_back(RecordOf(*message, keep_headers_));
    offsets.push_back(message->offset);
  }
  const int64_t next = batch->next_offset;
  blocks.push_back(RecordBlock::Of(std::move(records), std::move(offsets), offset, next, batch));
  return blocks;
}

Result<OffsetRange> KafkaTopic::Offsets(int32_t partition) {
  const std::lock_guard lock(mutex_);
  if (partition < 0 || partition >= partitions_) {
    return Status::Invalid("topic '", name_, "' has no partition ", partition, "; it has ",
                           partitions_);
  }
  RETURN_NOT_OK(Refresh());
  return known_[static_cast<size_t>(partition)];
}

// Holds the lock.
Status KafkaTopic::Refresh() {
  if (MonotonicMicros() - refreshed_us_ < kRefreshUs) return Status::OK();
  const auto ends = reader_->EndOffsets(partitions_, kPatienceMs);
  refreshed_us_ = MonotonicMicros();
  if (ends.ok() != answers_) {
    answers_ = ends.ok();
    if (answers_) {
      LogInfo("log", "'{}' answers again", name_);
    } else {
      LogWarning("log", "'{}': {}; it will be asked again", name_, ends.status().message());
    }
  }
  if (!ends.ok())
    return KindOf(ends.status()) == ErrorKind::kTransient ? Status::OK() : ends.status();
  bool behind = false;
  for (size_t i = 0; i < ends->size(); ++i) behind |= (*ends)[i] < known_[i].next;
  if (!behind) believe_from_us_ = refreshed_us_ + kBehindUs;
  const bool believed = refreshed_us_ >= believe_from_us_;
  for (size_t i = 0; i < ends->size(); ++i)
    known_[i].next = believed ? (*ends)[i] : std::max(known_[i].next, (*ends)[i]);
  return Status::OK();
}

}  // namespace headrace::log
