#include "log/kafka_topics.h"

#include <chrono>
#include <thread>

#include "base/clock.h"

namespace headrace::log {

Result<int32_t> EnsureTopic(rd_kafka_t* client, const std::string& name, int32_t partitions,
                            int32_t replication, const kafka::Settings& settings) {
  ASSIGN_OR_RAISE(int32_t there, kafka::CountPartitions(client, name, kafka::kTimeoutMs));
  if (there >= partitions) return there;
  if (there == 0) {
    RETURN_NOT_OK(kafka::CreateTopic(client, name, partitions, replication, settings));
  } else {
    RETURN_NOT_OK(kafka::AddPartitions(client, name, partitions));
  }
  // Brokers learn of it one after the other.
  const int64_t end_us = MonotonicMicros() + kafka::kTimeoutMs * int64_t{1000};
  while (there < partitions) {
    if (MonotonicMicros() > end_us)
      return TransientError("the Kafka topic '" + name + "' was made but doesn't appear");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    ASSIGN_OR_RAISE(there, kafka::CountPartitions(client, name, kafka::kTimeoutMs));
  }
  return there;
}

}  // namespace headrace::log
