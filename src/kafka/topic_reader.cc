#include "kafka/topic_reader.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/logging.h"

namespace headrace::kafka {
namespace {

constexpr size_t kFetchMessages = 8192;
constexpr int kWaitMs = 100;
constexpr int64_t kNowhere = -1;
constexpr auto kAskAgain = std::chrono::milliseconds(50);
constexpr auto kFarewell = std::chrono::seconds(5);

// librdkafka 2.0 never ends a client that has asked for the offsets of a topic which was deleted
// (its issue 3007). What doesn't end is left to the end of the process.
void DestroyOrLeave(rd_kafka_t* client) {
  std::promise<void> ended;
  const std::future<void> end = ended.get_future();
  std::thread([client, ended = std::move(ended)]() mutable {
    rd_kafka_destroy(client);
    ended.set_value();
  }).detach();
  if (end.wait_for(kFarewell) != std::future_status::ready)
    LogDebug("kafka", "a client doesn't end");
}

}  // namespace

Result<std::shared_ptr<rd_kafka_t>> MakeReaderClient(const Cluster& cluster, bool is_committed) {
  // No group: offsets are kept where the results are.
  const Settings settings = {
      {"isolation.level", is_committed ? "read_committed" : "read_uncommitted"},
      {"enable.auto.commit", "false"},
      {"enable.partition.eof", "true"},
      {"auto.offset.reset", "error"}};
  // librdkafka 2.0 pauses for a second once its queue is full: let it hold more than a second's.
  Cluster tuned = cluster;
  for (const auto& [name, value] :
       Settings{{"queued.min.messages", "1000000"}, {"fetch.error.backoff.ms", "100"}}) {
    tuned.properties.emplace(name, value);
  }
  ASSIGN_OR_RAISE(auto client, MakeClient(RD_KAFKA_CONSUMER, tuned, settings));
  return std::shared_ptr<rd_kafka_t>(client.release(), DestroyOrLeave);
}

Result<std::unique_ptr<TopicReader>> TopicReader::Open(std::shared_ptr<rd_kafka_t> client,
                                                       const std::string& topic) {
  Owned<rd_kafka_topic_t> handle(rd_kafka_topic_new(client.get(), topic.c_str(), nullptr));
  if (handle == nullptr)
    return StatusOf(rd_kafka_last_error(), "'" + topic + "' is no name of a Kafka topic");
  return std::unique_ptr<TopicReader>(new TopicReader(std::move(client), topic, std::move(handle)));
}

TopicReader::~TopicReader() {
  for (const auto& [number, partition] : partitions_) {
    if (partition.started) rd_kafka_consume_stop(handle_.get(), number);
  }
}

Result<std::vector<int64_t>> TopicReader::AskOffsets(int64_t which, int32_t partitions,
                                                     int timeout_ms) {
  // A topic that was just made, or lost its leader, has one soon. Whether a topic is really gone is
  // for metadata to say: while a leader is chosen it may seem so.
  const int64_t end_us = MonotonicMicros() + timeout_ms * int64_t{1000};
  while (true) {
    std::vector<int64_t> offsets;
    const auto code = AskOffsetsOnce(which, partitions, timeout_ms, &offsets);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return offsets;
    if (MonotonicMicros() > end_us)
      return TransientError(fmt::format("asking for the offsets of Kafka topic '{}': {}", topic_,
                                        rd_kafka_err2str(code)));
    std::this_thread::sleep_for(kAskAgain);
  }
}

rd_kafka_resp_err_t TopicReader::AskOffsetsOnce(int64_t which, int32_t partitions, int timeout_ms,
                                                std::vector<int64_t>* offsets) {
  const Owned<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(partitions));
  for (int32_t number = 0; number < partitions; ++number)
    rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), number)->offset = which;
  auto code = rd_kafka_offsets_for_times(client_.get(), list.get(), timeout_ms);
  for (int i = 0; i < list->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    code = list->elems[i].err;
    offsets->push_back(list->elems[i].offset);
  }
  return code;
}

Result<std::vector<int64_t>> TopicReader::EndOffsets(int32_t partitions, int timeout_ms) {
  return AskOffsets(RD_KAFKA_OFFSET_END, partitions, timeout_ms);
}

Result<std::vector<int64_t>> TopicReader::BeginOffsets(int32_t partitions, int timeout_ms) {
  return AskOffsets(RD_KAFKA_OFFSET_BEGINNING, partitions, timeout_ms);
}

Result<std::vector<int64_t>> TopicReader::OffsetsAt(int64_t timestamp_ms, int32_t partitions,
                                                    int timeout_ms) {
  ASSIGN_OR_RAISE(auto offsets, AskOffsets(timestamp_ms, partitions, timeout_ms));
  ASSIGN_OR_RAISE(const auto ends, EndOffsets(partitions, timeout_ms));
  for (size_t i = 0; i < offsets.size(); ++i) {
    if (offsets[i] < 0) offsets[i] = ends[i];  // Nothing is that new.
  }
  return offsets;
}

Result<MessageBatch> TopicReader::Read(int32_t partition, int64_t begin, const BatchLimits& limits,
                                       int timeout_ms) {
  const std::lock_guard lock(mutex_);
  Partition& from = partitions_[partition];
  if (from.position != begin) RETURN_NOT_OK(GoTo(partition, begin, &from));
  from.position = kNowhere;  // Unless this ends well, the next call begins anew.
  MessageBatch batch{client_, {}, begin};
  int64_t bytes = 0;
  int64_t patience_ends_us = MonotonicMicros() + timeout_ms * int64_t{1000};
  while (batch.next_offset < limits.end && std::ssize(batch.messages) < limits.messages &&
         bytes < limits.bytes) {
    if (from.taken == from.fetched.size()) {
      RETURN_NOT_OK(Fetch(partition, &from));
      // An error that librdkafka reports again and again is no sign of life.
      if (!from.fetched.empty() && from.fetched.back()->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        patience_ends_us = MonotonicMicros() + timeout_ms * int64_t{1000};
      } else if (MonotonicMicros() > patience_ends_us) {
        return TransientError(fmt::format(
            "Kafka topic '{}', partition {}: nothing came for {} s, though there are records "
            "from offset {} on",
            topic_, partition, timeout_ms / 1000, batch.next_offset));
      }
      continue;
    }
    Owned<rd_kafka_message_t>& message = from.fetched[from.taken];
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      RETURN_NOT_OK(Understand(*message, limits.end, &batch));
      ++from.taken;
    } else if (message->offset >= limits.end) {
      batch.next_offset = limits.end;  // It is the next call's.
    } else {
      ++from.taken;
      if (message->offset < batch.next_offset) continue;
      batch.next_offset = message->offset + 1;
      bytes += static_cast<int64_t>(message->len + message->key_len);
      batch.messages.push_back(std::move(message));
    }
  }
  from.position = batch.next_offset;
  return batch;
}

Status TopicReader::GoTo(int32_t number, int64_t offset, Partition* partition) {
  if (partition->started) rd_kafka_consume_stop(handle_.get(), number);
  *partition = {};
  if (rd_kafka_consume_start(handle_.get(), number, offset) != 0) {
    return StatusOf(rd_kafka_last_error(),
                    fmt::format("reading Kafka topic '{}', partition {}", topic_, number));
  }
  partition->started = true;
  return Status::OK();
}

// What is there already, or else the first that comes within kWaitMs: waiting for many would wait
// for all of them.
Status TopicReader::Fetch(int32_t number, Partition* partition) {
  partition->fetched.clear();
  partition->taken = 0;
  std::array<rd_kafka_message_t*, kFetchMessages> messages{};
  const ssize_t count =
      rd_kafka_consume_batch(handle_.get(), number, 0, messages.data(), messages.size());
  if (count < 0) {
    return StatusOf(rd_kafka_last_error(),
                    fmt::format("reading Kafka topic '{}', partition {}", topic_, number));
  }
  for (ssize_t i = 0; i < count; ++i) partition->fetched.emplace_back(messages[i]);
  if (count > 0) return Status::OK();
  if (rd_kafka_message_t* message = rd_kafka_consume(handle_.get(), number, kWaitMs))
    partition->fetched.emplace_back(message);
  return Status::OK();
}

Status TopicReader::Understand(const rd_kafka_message_t& message, int64_t end,
                               MessageBatch* batch) const {
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    // After the last message there may still be markers.
    if (message.offset >= end) batch->next_offset = end;
    return Status::OK();
  }
  const std::string place =
      fmt::format("Kafka topic '{}', partition {}", topic_, message.partition);
  if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
      message.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
    return UserError(
        fmt::format("{}: the records from offset {} on are no longer kept", place,
                    batch->next_offset),
        "the topic's retention deleted them before they were read; run once with --reset-state to "
        "go on with what there is");
  }
  if (message.err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
    return StatusOf(message.err, place);
  return Status::OK();  // librdkafka tries again by itself.
}

}  // namespace headrace::kafka
