// The topics that a `kafka:` source reads, those included that are made, or grow, while it runs.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "log/kafka_topic.h"
#include "pipeline/pipeline.h"

namespace headrace::log {

// Used by one thread at a time.
class KafkaSubscription {
 public:
  // Connects. `source` must outlive the subscription.
  //
  // Errors: user errors where a topic isn't there; transient where no broker answers.
  static Result<std::unique_ptr<KafkaSubscription>> Open(const pipeline::Source& source,
                                                         bool read_before);

  // A topic with partitions that were not returned before. `start` says by partition where reading
  // begins where nothing of it was read yet.
  struct Found {
    std::shared_ptr<KafkaTopic> topic;
    std::vector<int64_t> start;
  };

  // Returns what is new since the last call; at first, all. Whether something of the source was
  // read in an earlier run decides about `start: latest`: what came since then is never skipped.
  //
  // Errors: a user error where a topic is gone, transient where no broker answers.
  Result<std::vector<Found>> Refresh();

 private:
  KafkaSubscription(const pipeline::Source& source, std::shared_ptr<rd_kafka_t> client, bool begun)
      : source_(source),
        kafka_(std::get<pipeline::KafkaSource>(source.connector)),
        client_(std::move(client)),
        begun_(begun) {}
  // The names of the topics that are there, with their partitions.
  Result<std::map<std::string, int32_t>> Ask() const;
  Result<Found> Add(const std::string& name, int32_t partitions);
  Status CheckGone(const std::map<std::string, int32_t>& there);

  const pipeline::Source& source_;
  const pipeline::KafkaSource& kafka_;
  const std::shared_ptr<rd_kafka_t> client_;
  bool begun_;                                                 // `start` was obeyed already
  std::map<std::string, std::shared_ptr<KafkaTopic>> topics_;  // by their names in the cluster
  int times_gone_ = 0;
};

}  // namespace headrace::log
