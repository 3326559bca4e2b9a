// The topics of a connector.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "kafka/cluster.h"

namespace headrace::connect {

// Makes those of `topics` that aren't there, and waits until the cluster knows them.
//
// Errors: user errors where the cluster forbids it; transient where no broker answers.
Status MakeTopics(const kafka::Cluster& cluster, const std::vector<std::string>& topics,
                  int32_t partitions, const std::stop_token& stop);

}  // namespace headrace::connect
