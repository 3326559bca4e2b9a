// What the sources of a pipeline give the engine to read: the topics that sources fill, those of
// Kafka that are read as they are, and those that are made while they are read.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/epoch_planner.h"
#include "engine/source_reader.h"
#include "log/kafka_subscription.h"
#include "log/log.h"
#include "pipeline/pipeline.h"

namespace headrace::engine {

// Used by one thread at a time.
class Inputs {
 public:
  // All of them must outlive the inputs.
  Inputs(const pipeline::Pipeline& pipeline, log::Log& log, EpochPlanner& planner)
      : pipeline_(pipeline), log_(log), planner_(planner) {}

  // Opens the topics of all sources and gives them to the planner; `offsets` say where to go on.
  Status Open(const Offsets& offsets);

  // Now and then looks for new partitions, and new topics of Kafka. A cluster that doesn't answer
  // is asked again later.
  Status Refresh();

  // The reader of a topic, null where no source has it (any more).
  SourceReader* Find(const std::string& topic) const;

  // What a topic that has a reader is called in Kafka; empty where it is of a local log.
  std::string KafkaTopicOf(const std::string& topic) const;

 private:
  // Opens the topic of a source that isn't Kafka.
  Result<std::shared_ptr<log::ReadableTopic>> OpenTopic(const pipeline::Source& source);
  Status AddFound(const pipeline::Source& source, std::vector<log::KafkaSubscription::Found> found);

  const pipeline::Pipeline& pipeline_;
  log::Log& log_;
  EpochPlanner& planner_;
  Offsets offsets_;                                          // of the run before
  std::vector<std::shared_ptr<log::ReadableTopic>> topics_;  // of all others
  struct Subscription {
    const pipeline::Source& source;
    std::unique_ptr<log::KafkaSubscription> topics;
  };
  std::vector<Subscription> subscriptions_;
  std::map<std::string, std::unique_ptr<SourceReader>> readers_;  // by topic
  int64_t refresh_us_ = 0;                                        // when it is due, monotonic
};

}  // namespace headrace::engine
