// How a Kafka log makes its topics.
#pragma once

#include <cstdint>
#include <string>

#include "kafka/client.h"

namespace headrace::log {

// What topics of the log take: a record as large as the largest that sources bring, and its key.
inline constexpr char kMessageBytesMax[] = "71303168";  // 68 MiB

// Makes a topic where there is none, and adds partitions where it has fewer; returns how many it
// has. `replication`: 0 as the cluster has it; `settings` are those of a topic that is made.
//
// Errors: transient where no broker answers; user errors where the cluster forbids it.
Result<int32_t> EnsureTopic(rd_kafka_t* client, const std::string& name, int32_t partitions,
                            int32_t replication, const kafka::Settings& settings);

}  // namespace headrace::log
