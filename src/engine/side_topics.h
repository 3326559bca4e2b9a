// The side topics of a run (side_records.h). They take part in epochs like sinks: what an epoch
// puts aside is appended once, together with the epoch's number.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/status.h"
#include "engine/side_records.h"
#include "log/log.h"
#include "sink/topic_sink.h"

namespace headrace::engine {

// Used by one thread at a time.
class SideTopics {
 public:
  // `pipeline` names the producer that remembers the epoch.
  SideTopics(log::Log& log, std::string pipeline) : log_(log), producer_(std::move(pipeline)) {}

  // Takes what an epoch put aside, to be stamped with the epoch's clock.
  Status Write(const SideRecords& aside, int64_t clock_us);

  // Appends what was written since the last Commit(), except to topics that hold the epoch already.
  Status Commit(int64_t epoch);

 private:
  log::Log& log_;
  const std::string producer_;
  std::map<std::string, std::unique_ptr<sink::TopicSink>> topics_;  // those in use
};

}  // namespace headrace::engine
