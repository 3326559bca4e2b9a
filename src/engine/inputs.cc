#include "engine/inputs.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/logging.h"
#include "log/kafka_log.h"
#include "log/open_log.h"
#include "source/nexmark_topic.h"

namespace headrace::engine {
namespace {

constexpr int64_t kRefreshUs = 3'000'000;

}  // namespace

Status Inputs::Open(const Offsets& offsets) {
  offsets_ = offsets;
  for (const pipeline::Source& source : pipeline_.sources) {
    if (std::holds_alternative<pipeline::KafkaSource>(source.connector)) {
      const bool read_before = std::ranges::any_of(offsets, [&](const auto& entry) {
        return entry.first.first.starts_with(source.name + "/");
      });
      ASSIGN_OR_RAISE(auto topics, log::KafkaSubscription::Open(source, read_before));
      ASSIGN_OR_RAISE(auto found, topics->Refresh());
      RETURN_NOT_OK(AddFound(source, std::move(found)));
      subscriptions_.push_back({source, std::move(topics)});
      continue;
    }
    ASSIGN_OR_RAISE(auto topic, OpenTopic(source));
    RETURN_NOT_OK(planner_.AddTopic(topic, offsets, {}));
    topics_.push_back(topic);
    ASSIGN_OR_RAISE(readers_[source.name], SourceReader::Make(source, std::move(topic)));
  }
  refresh_us_ = MonotonicMicros() + kRefreshUs;
  return Status::OK();
}

Result<std::shared_ptr<log::ReadableTopic>> Inputs::OpenTopic(const pipeline::Source& source) {
  if (!std::holds_alternative<pipeline::NexmarkSource>(source.connector)) {
    return log_.OpenTopic(source.name, log::TopicOptionsOf(pipeline_, source));
  }
  std::vector<int64_t> begin(static_cast<size_t>(source.partitions));
  for (int32_t partition = 0; partition < source.partitions; ++partition) {
    const auto known = offsets_.find({source.name, partition});
    if (known != offsets_.end()) begin[static_cast<size_t>(partition)] = known->second;
  }
  return std::make_shared<source::NexmarkTopic>(source, std::move(begin));
}

Status Inputs::Refresh() {
  if (MonotonicMicros() < refresh_us_) return Status::OK();
  for (const auto& topic : topics_) RETURN_NOT_OK(planner_.AddTopic(topic, offsets_, {}));
  for (const Subscription& subscription : subscriptions_) {
    auto found = subscription.topics->Refresh();
    if (found.ok()) {
      RETURN_NOT_OK(AddFound(subscription.source, *std::move(found)));
    } else if (KindOf(found.status()) != ErrorKind::kTransient) {
      return found.status();
    }
  }
  refresh_us_ = MonotonicMicros() + kRefreshUs;
  return Status::OK();
}

Status Inputs::AddFound(const pipeline::Source& source,
                        std::vector<log::KafkaSubscription::Found> found) {
  for (log::KafkaSubscription::Found& entry : found) {
    LogInfo("engine", "'{}' is read: {} partitions", entry.topic->name(),
            entry.topic->partitions());
    RETURN_NOT_OK(planner_.AddTopic(entry.topic, offsets_, entry.start));
    std::unique_ptr<SourceReader>& reader = readers_[entry.topic->name()];
    if (reader != nullptr) continue;
    ASSIGN_OR_RAISE(reader, SourceReader::Make(source, std::move(entry.topic)));
  }
  return Status::OK();
}

SourceReader* Inputs::Find(const std::string& topic) const {
  const auto found = readers_.find(topic);
  return found == readers_.end() ? nullptr : found->second.get();
}

std::string Inputs::KafkaTopicOf(const std::string& topic) const {
  const pipeline::Source& source = Find(topic)->source();
  if (std::holds_alternative<pipeline::KafkaSource>(source.connector))
    return topic.substr(source.name.size() + 1);
  return pipeline_.log.kafka && !source.is_log() ? log::KafkaLogTopicName(pipeline_, topic) : "";
}

}  // namespace headrace::engine
