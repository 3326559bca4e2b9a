// A topic of a Kafka cluster that somebody else writes, as the engine reads it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kafka/topic_reader.h"
#include "log/log.h"

namespace headrace::log {

// Thread-safe. Offsets have holes; of transactions only what was committed is read. Retention is
// the cluster's: CommitOffset does nothing.
class KafkaTopic : public ReadableTopic {
 public:
  // `name` is what the topic is called within the pipeline, `topic` in the cluster.
  static Result<std::shared_ptr<KafkaTopic>> Open(std::shared_ptr<rd_kafka_t> client,
                                                  std::string name, const std::string& topic,
                                                  int32_t partitions);

  const std::string& name() const override { return name_; }
  int32_t partitions() const override;
  // Partitions never become fewer.
  void SetPartitions(int32_t partitions);

  // The offset of the oldest message, of the end, or of the first message of a time (milliseconds
  // since 1970 UTC), by partition. Asks the cluster.
  Result<std::vector<int64_t>> BeginOffsets();
  Result<std::vector<int64_t>> EndOffsets();
  Result<std::vector<int64_t>> OffsetsAt(int64_t timestamp_ms);

  // Headers are read where `keep_headers` was called.
  Result<std::vector<RecordBlock>> Read(int32_t partition, int64_t offset,
                                        const ReadLimits& limits) override;
  void KeepHeaders() { keep_headers_ = true; }

  // `next` is some milliseconds old; while no broker answers it is what was known last. `first` is
  // that of when the topic was opened or got the partition.
  Result<OffsetRange> Offsets(int32_t partition) override;
  Status CommitOffset(const std::string&, int32_t, int64_t) override { return Status::OK(); }

 private:
  KafkaTopic(std::string name, std::unique_ptr<kafka::TopicReader> reader)
      : name_(std::move(name)), reader_(std::move(reader)) {}
  Status Refresh();

  const std::string name_;
  const std::unique_ptr<kafka::TopicReader> reader_;
  bool keep_headers_ = false;

  mutable std::mutex mutex_;
  int32_t partitions_ = 0;
  std::vector<OffsetRange> known_;
  int64_t refreshed_us_ = 0;     // monotonic
  int64_t believe_from_us_ = 0;  // that the topic ends earlier than it did; monotonic
  bool answers_ = true;
};

}  // namespace headrace::log
