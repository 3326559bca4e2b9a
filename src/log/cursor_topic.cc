#include "log/cursor_topic.h"

#include <utility>

#include "log/kafka_topics.h"

namespace headrace::log {
namespace {

constexpr int32_t kHalves = 2;
constexpr int kReadMs = 30'000;
constexpr kafka::BatchLimits kBatch{.messages = 100'000, .bytes = 16 << 20};

Status Keep(const rd_kafka_message_t& message, StoredCursors* stored) {
  const std::string key(static_cast<const char*>(message.key), message.key_len);
  const std::string_view value(static_cast<const char*>(message.payload), message.len);
  if (key == kClaimKey) {
    ASSIGN_OR_RAISE(stored->claim, DecodeClaim(value));
  } else if (message.payload == nullptr) {
    stored->cursors.erase(key);
  } else {
    stored->cursors[key] = value;
  }
  return Status::OK();
}

}  // namespace

std::string CursorKeyOf(const std::string& topic, const std::string& producer) {
  return "cursor " + topic + " " + producer;
}

Result<std::unique_ptr<CursorTopic>> CursorTopic::Open(const kafka::Cluster& cluster,
                                                       const std::string& name,
                                                       int32_t replication) {
  ASSIGN_OR_RAISE(const auto client, kafka::MakeClient(RD_KAFKA_PRODUCER, cluster, {}));
  // Rolled often and compacted soon: a start reads all of it.
  const kafka::Settings settings = {{"cleanup.policy", "compact"},
                                    {"max.message.bytes", kMessageBytesMax},
                                    {"segment.bytes", "134217728"},
                                    {"segment.ms", "600000"},
                                    {"min.cleanable.dirty.ratio", "0.1"}};
  ASSIGN_OR_RAISE(const int32_t partitions,
                  EnsureTopic(client.get(), name, kHalves, replication, settings));
  if (partitions != kHalves)
    return UserError("the Kafka topic '" + name + "' has " + std::to_string(partitions) +
                         " partitions, and as the cursor topic of a pipeline it has 2",
                     "choose another 'topic_prefix', or make the topic anew");
  return std::unique_ptr<CursorTopic>(new CursorTopic(cluster, name));
}

Status CursorTopic::Read(Half half, Isolation isolation, StoredCursors* stored) {
  std::unique_ptr<kafka::TopicReader>& reader = readers_[isolation];
  if (reader == nullptr) {
    ASSIGN_OR_RAISE(auto client,
                    kafka::MakeReaderClient(cluster_, isolation == Isolation::kCommitted));
    ASSIGN_OR_RAISE(reader, kafka::TopicReader::Open(std::move(client), name_));
  }
  const auto partition = static_cast<int32_t>(half);
  ASSIGN_OR_RAISE(const auto begins, reader->BeginOffsets(kHalves, kReadMs));
  ASSIGN_OR_RAISE(const auto ends, reader->EndOffsets(kHalves, kReadMs));
  const int64_t end = ends[static_cast<size_t>(partition)];
  stored->next_offset = std::max(stored->next_offset, begins[static_cast<size_t>(partition)]);
  while (stored->next_offset < end) {
    kafka::BatchLimits limits = kBatch;
    limits.end = end;
    ASSIGN_OR_RAISE(const auto batch,
                    reader->Read(partition, stored->next_offset, limits, kReadMs));
    for (const auto& message : batch.messages) RETURN_NOT_OK(Keep(*message, stored));
    stored->next_offset = batch.next_offset;
  }
  return Status::OK();
}

}  // namespace headrace::log
