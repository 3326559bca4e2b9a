// The log as topics of a Kafka cluster (docs/KAFKA_LOG.md). It has no files of its own: a run may
// go on on another machine.
#pragma once

#include <memory>
#include <optional>

#include "base/status.h"
#include "log/cursor_topic.h"
#include "log/log.h"
#include "pipeline/pipeline.h"

namespace headrace::log {

// Opens the log of a pipeline that has `log.kafka`. `half` is the one that Claim() claims; none to
// look at the topics.
//
// Errors: transient where no broker answers; user errors for properties that don't fit.
Result<std::shared_ptr<Log>> OpenKafkaLog(const pipeline::Pipeline& pipeline,
                                          std::optional<Half> half);

// The name in the cluster of a topic of the log.
std::string KafkaLogTopicName(const pipeline::Pipeline& pipeline, const std::string& topic);

}  // namespace headrace::log
