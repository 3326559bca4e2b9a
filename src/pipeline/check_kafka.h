// Checks of what a pipeline file says of Kafka.
#pragma once

#include <string>

#include "pipeline/check.h"

namespace headrace::pipeline {

// Properties that librdkafka knows and headrace leaves to the user, secrets not in the file. `path`
// is that of the mapping that holds `properties`.
void CheckCluster(Checking& checking, const kafka::Cluster& cluster, const std::string& path);

// The cluster, and what the names of its topics begin with.
void CheckKafkaLog(Checking& checking, const KafkaLog& log);

// Topics, start, and the columns beside the value, which are added to the schema of the source.
void CheckKafka(Checking& checking, Source& source, const std::string& path);

}  // namespace headrace::pipeline
