// A topic of a log on Kafka: records are messages that other consumers can read as they are.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "log/kafka_topic.h"
#include "log/kafka_writer.h"
#include "log/log.h"
#include "pipeline/pipeline.h"

namespace headrace::log {

// What a log on Kafka and its topics share; it lives as long as the last of them.
struct KafkaLogCore {
  pipeline::KafkaLog config;  // with its prefix
  std::string pipeline;
  std::shared_ptr<rd_kafka_t> client;   // that reads, and asks
  std::stop_source stop;                // StopWaiting()
  std::unique_ptr<KafkaWriter> writer;  // null: nothing was claimed
};

class KafkaLogTopic : public Topic {
 public:
  // `name` is that within the pipeline. The topic is there, with so many partitions.
  static Result<std::shared_ptr<KafkaLogTopic>> Open(std::shared_ptr<KafkaLogCore> core,
                                                     const std::string& name, int32_t partitions);

  const std::string& name() const override { return reads_->name(); }
  int32_t partitions() const override { return reads_->partitions(); }
  Result<int64_t> Append(int32_t partition, std::string block,
                         const ProducerCursor& cursor) override;
  Status StoreCursor(const ProducerCursor& cursor) override;
  Result<std::optional<std::string>> ReadCursor(const std::string& producer) override;
  Result<std::vector<RecordBlock>> Read(int32_t partition, int64_t offset,
                                        const ReadLimits& limits) override;
  // Errors also: a user error where the topic was deleted.
  Result<OffsetRange> Offsets(int32_t partition) override;
  Status CommitOffset(const std::string& reader, int32_t partition, int64_t offset) override;

  TopicInfo Info();
  // Deletes what is older than the log keeps and was processed.
  Status ApplyRetention(int64_t now_us);

 private:
  KafkaLogTopic(std::shared_ptr<KafkaLogCore> core, std::string topic,
                std::shared_ptr<KafkaTopic> reads)
      : core_(std::move(core)), topic_(std::move(topic)), reads_(std::move(reads)) {}
  Status CheckWritable() const;
  // Now and then looks whether the topic has grown, or is gone.
  Status LookForPartitions();

  const std::shared_ptr<KafkaLogCore> core_;
  const std::string topic_;  // its name in the cluster
  const std::shared_ptr<KafkaTopic> reads_;

  std::mutex mutex_;
  int64_t look_us_ = 0;  // when it is due, monotonic
  int times_gone_ = 0;
  std::map<std::string, std::map<int32_t, int64_t>> readers_;  // up to where they are through
};

}  // namespace headrace::log
