// Reads the partitions of one topic by offsets, without a consumer group.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kafka/client.h"

namespace headrace::kafka {

// Messages of one partition, in the order of their offsets, which have holes: markers of
// transactions, what was rolled back or compacted away. Owns them.
struct MessageBatch {
  std::shared_ptr<rd_kafka_t> client;  // which must not go before its messages
  std::vector<Owned<rd_kafka_message_t>> messages;
  // Where to go on: all messages before it that there are, are here (or were before the first).
  int64_t next_offset = 0;
};

struct BatchLimits {
  int64_t messages = 0;
  int64_t bytes = 0;        // of keys and values; exceeded by at most one message
  int64_t end = INT64_MAX;  // read up to here and no further
};

// Makes a client that any number of TopicReaders share. It must outlive them. `is_committed`: of
// transactions only what was committed is read.
Result<std::shared_ptr<rd_kafka_t>> MakeReaderClient(const Cluster& cluster,
                                                     bool is_committed = true);

// Thread-safe.
class TopicReader {
 public:
  static Result<std::unique_ptr<TopicReader>> Open(std::shared_ptr<rd_kafka_t> client,
                                                   const std::string& topic);
  ~TopicReader();

  // The offset after the last message that is committed, of partitions 0 to `partitions` - 1; or
  // that of the oldest message; or of the first message at or after `timestamp_ms` (milliseconds
  // since 1970 UTC). One request to each broker.
  //
  // Errors: transient where for `timeout_ms` a partition has no leader or no broker answers.
  Result<std::vector<int64_t>> EndOffsets(int32_t partitions, int timeout_ms);
  Result<std::vector<int64_t>> BeginOffsets(int32_t partitions, int timeout_ms);
  Result<std::vector<int64_t>> OffsetsAt(int64_t timestamp_ms, int32_t partitions, int timeout_ms);

  // Returns messages from `begin` on until one of the limits is reached, whatever comes first. What
  // comes back depends on the topic alone, not on how it arrives. Going on where the last call
  // ended is quick: messages are fetched ahead.
  //
  // Errors: transient where for `timeout_ms` nothing comes, then the same call may be made again;
  // user errors where the messages at `begin` are no longer kept.
  Result<MessageBatch> Read(int32_t partition, int64_t begin, const BatchLimits& limits,
                            int timeout_ms);

 private:
  struct Partition {
    bool started = false;
    int64_t position = -1;  // that the next Read can go on at; -1: none
    std::vector<Owned<rd_kafka_message_t>> fetched;
    size_t taken = 0;  // of `fetched`
  };

  TopicReader(std::shared_ptr<rd_kafka_t> client, std::string topic, Owned<rd_kafka_topic_t> handle)
      : client_(std::move(client)), topic_(std::move(topic)), handle_(std::move(handle)) {}
  Result<std::vector<int64_t>> AskOffsets(int64_t which, int32_t partitions, int timeout_ms);
  rd_kafka_resp_err_t AskOffsetsOnce(int64_t which, int32_t partitions, int timeout_ms,
                                     std::vector<int64_t>* offsets);
  Status GoTo(int32_t number, int64_t offset, Partition* partition);
  Status Fetch(int32_t number, Partition* partition);
  // What a message that is none says: nothing, the end of the partition, or an error.
  Status Understand(const rd_kafka_message_t& message, int64_t end, MessageBatch* batch) const;

  const std::shared_ptr<rd_kafka_t> client_;
  const std::string topic_;
  const Owned<rd_kafka_topic_t> handle_;
  std::mutex mutex_;
  std::map<int32_t, Partition> partitions_;
};

}  // namespace headrace::kafka
