#include "log/kafka_log.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/logging.h"
#include "log/kafka_log_topic.h"
#include "log/kafka_takeover.h"
#include "log/kafka_topics.h"

namespace headrace::log {
namespace {

std::string PrefixOf(const pipeline::Pipeline& pipeline) {
  const std::string& prefix = pipeline.log.kafka->topic_prefix;
  return prefix.empty() ? pipeline.name + "." : prefix;
}

class KafkaLog : public Log {
 public:
  KafkaLog(std::shared_ptr<KafkaLogCore> core, std::optional<Half> half)
      : core_(std::move(core)), half_(half) {}
  // Whoever still has a topic can't append any more: what was claimed is given back.
  ~KafkaLog() override { core_->writer = nullptr; }

  Result<int64_t> Claim(const EngineState& state) override;
  Status KeepClaim() override;
  Status BeginCommit(int64_t epoch) override { return core_->writer->BeginCommit(epoch); }
  void StopWaiting() override { core_->stop.request_stop(); }

  Result<std::shared_ptr<Topic>> OpenTopic(const std::string& name,
                                           const TopicOptions& options) override;
  Result<std::shared_ptr<Topic>> FindTopic(const std::string& name) override;
  Result<std::vector<TopicInfo>> ListTopics() override;
  Status ApplyRetention(int64_t now_us) override;

 private:
  Result<std::shared_ptr<KafkaLogTopic>> Open(const std::string& name, int32_t partitions);

  const std::shared_ptr<KafkaLogCore> core_;
  const std::optional<Half> half_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<KafkaLogTopic>> topics_;
};

Result<int64_t> KafkaLog::Claim(const EngineState& state) {
  if (!half_) return Status::Invalid("the log was opened for reading only");
  ASSIGN_OR_RAISE(core_->writer, KafkaWriter::Open({.cluster = core_->config.cluster,
                                                    .pipeline = core_->pipeline,
                                                    .prefix = core_->config.topic_prefix,
                                                    .replication = core_->config.replication,
                                                    .half = *half_},
                                                   state, core_->stop.get_token()));
  return core_->writer->first_epoch();
}

Status KafkaLog::KeepClaim() {
  return core_->writer == nullptr ? Status::OK() : core_->writer->KeepClaim();
}

Result<std::shared_ptr<KafkaLogTopic>> KafkaLog::Open(const std::string& name, int32_t partitions) {
  std::shared_ptr<KafkaLogTopic>& topic = topics_[name];
  if (topic == nullptr) {
    ASSIGN_OR_RAISE(topic, KafkaLogTopic::Open(core_, name, partitions));
  }
  return topic;
}

Result<std::shared_ptr<Topic>> KafkaLog::OpenTopic(const std::string& name,
                                                   const TopicOptions& options) {
  // What is deleted, this log deletes: the cluster doesn't know what was processed.
  const kafka::Settings settings = {{"cleanup.policy", "delete"},
                                    {"retention.ms", "-1"},
                                    {"retention.bytes", "-1"},
                                    {"max.message.bytes", kMessageBytesMax}};
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RAISE(const int32_t partitions,
                  EnsureTopic(core_->client.get(), core_->config.topic_prefix + name,
                              options.partitions, core_->config.replication, settings));
  return Open(name, partitions);
}

Result<std::shared_ptr<Topic>> KafkaLog::FindTopic(const std::string& name) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RAISE(const int32_t partitions,
                  kafka::CountPartitions(core_->client.get(), core_->config.topic_prefix + name,
                                         kafka::kTimeoutMs));
  if (partitions > 0) return Open(name, partitions);
  return Status::KeyError("there is no topic '", name,
                          "' in the log, which would be the Kafka "
                          "topic '",
                          core_->config.topic_prefix, name, "'");
}

Result<std::vector<TopicInfo>> KafkaLog::ListTopics() {
  ASSIGN_OR_RAISE(const auto all, kafka::ListTopics(core_->client.get(), kafka::kTimeoutMs));
  const std::string& prefix = core_->config.topic_prefix;
  std::vector<TopicInfo> infos;
  for (const std::string& topic : all) {
    if (!topic.starts_with(prefix) || topic == CursorTopicName(prefix)) continue;
    const std::string name = topic.substr(prefix.size());
    RETURN_NOT_OK(FindTopic(name).status());
    const std::lock_guard lock(mutex_);
    infos.push_back(topics_[name]->Info());
  }
  return infos;
}

Status KafkaLog::ApplyRetention(int64_t now_us) {
  std::vector<std::shared_ptr<KafkaLogTopic>> topics;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, topic] : topics_) topics.push_back(topic);
  }
  for (const auto& topic : topics) {
    const Status status = topic->ApplyRetention(now_us);
    if (status.ok()) continue;
    if (KindOf(status) != ErrorKind::kTransient) return status;
    LogWarning("log", "{}; tried again later", status.message());
  }
  return Status::OK();
}

}  // namespace

Result<std::shared_ptr<Log>> OpenKafkaLog(const pipeline::Pipeline& pipeline,
                                          std::optional<Half> half) {
  auto core = std::make_shared<KafkaLogCore>();
  core->config = *pipeline.log.kafka;
  core->config.topic_prefix = PrefixOf(pipeline);
  core->pipeline = pipeline.name;
  ASSIGN_OR_RAISE(core->client, kafka::MakeReaderClient(core->config.cluster));
  return std::make_shared<KafkaLog>(std::move(core), half);
}

std::string KafkaLogTopicName(const pipeline::Pipeline& pipeline, const std::string& topic) {
  return PrefixOf(pipeline) + topic;
}

}  // namespace headrace::log
