#include "log/kafka_subscription.h"

#include <fmt/format.h>

#include <regex>

namespace headrace::log {
namespace {

// So often in a row must a topic be missing: a broker that just started may not know it yet.
constexpr int kTimesGoneMax = 3;
// While records flow nobody should wait long.
constexpr int kRefreshMs = 2'000;

}  // namespace

Result<std::unique_ptr<KafkaSubscription>> KafkaSubscription::Open(const pipeline::Source& source,
                                                                   bool read_before) {
  const auto& kafka = std::get<pipeline::KafkaSource>(source.connector);
  ASSIGN_OR_RAISE(auto client, kafka::MakeReaderClient(kafka.cluster));
  return std::unique_ptr<KafkaSubscription>(
      new KafkaSubscription(source, std::move(client), read_before));
}

Result<std::map<std::string, int32_t>> KafkaSubscription::Ask() const {
  const int timeout_ms = topics_.empty() ? kafka::kTimeoutMs : kRefreshMs;
  std::vector<std::string> names = kafka_.topics;
  if (!kafka_.topic_pattern.empty()) {
    ASSIGN_OR_RAISE(names, kafka::ListTopics(client_.get(), timeout_ms));
    const std::regex pattern(kafka_.topic_pattern);
    std::erase_if(names, [&](const auto& name) { return !std::regex_match(name, pattern); });
  }
  std::map<std::string, int32_t> there;
  for (const std::string& name : names) {
    ASSIGN_OR_RAISE(const int32_t partitions,
                    kafka::CountPartitions(client_.get(), name, timeout_ms));
    if (partitions > 0) {
      there[name] = partitions;
    } else if (!topics_.contains(name) && kafka_.topic_pattern.empty()) {
      return UserError(
          fmt::format("source '{}': there is no Kafka topic '{}' at {}", source_.name, name,
                      kafka_.cluster.bootstrap_servers),
          "make it first, or name it by 'topic_pattern', which waits until there is one");
    }
  }
  return there;
}

Result<std::vector<KafkaSubscription::Found>> KafkaSubscription::Refresh() {
  ASSIGN_OR_RAISE(const auto there, Ask());
  RETURN_NOT_OK(CheckGone(there));
  std::vector<Found> found;
  for (const auto& [name, partitions] : there) {
    const auto known = topics_.find(name);
    if (known == topics_.end()) {
      ASSIGN_OR_RAISE(found.emplace_back(), Add(name, partitions));
    } else if (partitions > known->second->partitions()) {
      known->second->SetPartitions(partitions);
      ASSIGN_OR_RAISE(auto begins, known->second->BeginOffsets());
      found.push_back({known->second, std::move(begins)});
    }
  }
  begun_ = true;
  return found;
}

Result<KafkaSubscription::Found> KafkaSubscription::Add(const std::string& name,
                                                        int32_t partitions) {
  ASSIGN_OR_RAISE(auto topic,
                  KafkaTopic::Open(client_, source_.name + "/" + name, name, partitions));
  if (!kafka_.columns.headers.empty()) topic->KeepHeaders();
  Found found{topic, {}};
  if (kafka_.start == "latest" && !begun_) {
    ASSIGN_OR_RAISE(found.start, topic->EndOffsets());
  } else if (kafka_.start == "latest" || kafka_.start == "earliest") {
    ASSIGN_OR_RAISE(found.start, topic->BeginOffsets());
  } else {
    ASSIGN_OR_RAISE(found.start, topic->OffsetsAt(kafka_.start_us / 1000));
  }
  topics_[name] = std::move(topic);
  return found;
}

Status KafkaSubscription::CheckGone(const std::map<std::string, int32_t>& there) {
  std::string gone;
  for (const auto& [name, topic] : topics_) {
    if (!there.contains(name)) gone = name;
  }
  times_gone_ = gone.empty() ? 0 : times_gone_ + 1;
  if (times_gone_ < kTimesGoneMax) return Status::OK();
  return UserError(
      fmt::format("source '{}': the Kafka topic '{}' was deleted", source_.name, gone),
      "what was read of it is kept; name other topics and start again, or for the topic made anew "
      "run once with --reset-state");
}

}  // namespace headrace::log
