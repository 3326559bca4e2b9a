// Opens the log that a pipeline has: on RocksDB below its state folder, or on Kafka.
#pragma once

#include <memory>

#include "base/status.h"
#include "log/log.h"
#include "pipeline/pipeline.h"

namespace headrace::log {

// The log as sources and as the engine use it; one object where it is local. What isn't asked for
// is null.
struct OpenedLogs {
  std::shared_ptr<Log> ingest;
  std::shared_ptr<Log> process;
};

// Errors: those of OpenLocalLog and OpenKafkaLog.
Result<OpenedLogs> OpenLogs(const pipeline::Pipeline& pipeline, bool ingest, bool process);

// To look at its topics, beside a run.
Result<std::shared_ptr<Log>> OpenLogToLook(const pipeline::Pipeline& pipeline);

// What the topic of a source is made with.
TopicOptions TopicOptionsOf(const pipeline::Pipeline& pipeline, const pipeline::Source& source);

}  // namespace headrace::log
