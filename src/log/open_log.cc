#include "log/open_log.h"

#include <utility>

#include "log/kafka_log.h"

namespace headrace::log {

Result<OpenedLogs> OpenLogs(const pipeline::Pipeline& pipeline, bool ingest, bool process) {
  OpenedLogs logs;
  if (!pipeline.log.kafka) {
    ASSIGN_OR_RAISE(std::shared_ptr<Log> local,
                    OpenLocalLog(pipeline.state + "/log", OpenMode::kReadWrite));
    if (ingest) logs.ingest = local;
    if (process) logs.process = local;
    return logs;
  }
  if (ingest) {
    ASSIGN_OR_RAISE(logs.ingest, OpenKafkaLog(pipeline, Half::kIngest));
  }
  if (process) {
    ASSIGN_OR_RAISE(logs.process, OpenKafkaLog(pipeline, Half::kProcess));
  }
  return logs;
}

Result<std::shared_ptr<Log>> OpenLogToLook(const pipeline::Pipeline& pipeline) {
  if (pipeline.log.kafka) return OpenKafkaLog(pipeline, std::nullopt);
  return OpenLocalLog(pipeline.state + "/log", OpenMode::kReadOnly);
}

TopicOptions TopicOptionsOf(const pipeline::Pipeline& pipeline, const pipeline::Source& source) {
  return {.partitions = source.partitions,
          .retention_us = pipeline.log.retention_us,
          .retention_bytes = pipeline.log.retention_bytes};
}

}  // namespace headrace::log
