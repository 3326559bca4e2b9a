#include "connect/topics.h"

#include "base/clock.h"
#include "base/logging.h"
#include "http/retry.h"
#include "kafka/client.h"

namespace headrace::connect {

Status MakeTopics(const kafka::Cluster& cluster, const std::vector<std::string>& topics,
                  int32_t partitions, const std::stop_token& stop) {
  if (topics.empty()) return Status::OK();
  ASSIGN_OR_RAISE(const auto client, kafka::MakeClient(RD_KAFKA_PRODUCER, cluster, {}));
  const int64_t end_us = MonotonicMicros() + int64_t{kafka::kTimeoutMs} * 1000;
  for (const std::string& topic : topics) {
    ASSIGN_OR_RAISE(int32_t found, kafka::CountPartitions(client.get(), topic, kafka::kTimeoutMs));
    if (found > 0) continue;
    RETURN_NOT_OK(kafka::CreateTopic(client.get(), topic, partitions));
    LogInfo("connect", "made the Kafka topic '{}' with {} partitions", topic, partitions);
    while (found == 0) {
      if (MonotonicMicros() > end_us)
        return TransientError("the Kafka topic '" + topic + "' was made and isn't there");
      if (!http::SleepFor(100'000, stop)) return Status::Cancelled("stopped");
      ASSIGN_OR_RAISE(found, kafka::CountPartitions(client.get(), topic, kafka::kTimeoutMs));
    }
  }
  return Status::OK();
}

}  // namespace headrace::connect
