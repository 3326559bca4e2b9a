// The side topics of a run: <source>.quarantine and <view>.quarantine for what could not be
// processed, <view>.late for rows that came too late. They take part in epochs like sinks: what an
// epoch puts aside is appended once, together with the epoch's number.
//
// Records of the quarantine are the raw bytes where they came from a topic, a row as JSON
// otherwise; headers tell the reason and the place: reason, path (JSON Pointer), view, topic,
// partition, offset.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "engine/operator.h"
#include "engine/source_reader.h"
#include "log/log.h"
#include "sink/topic_sink.h"

namespace headrace::engine {

// Used by one thread at a time.
class SideTopics {
 public:
  // `pipeline` names the producer that remembers the epoch.
  SideTopics(log::Log& log, std::string pipeline) : log_(log), producer_(std::move(pipeline)) {}

  // Sets the time that records put aside from now on are stamped with: the clock of the epoch.
  void SetNow(int64_t now_us) { now_us_ = now_us; }

  Status Quarantine(const std::string& source, const SourceSlice::BadRecord& record);
  Status Quarantine(const std::string& relation, const MicroBatch::RejectedRow& row);
  Status KeepLate(const MicroBatch::LateRows& late);

  // Appends what was put aside since the last Commit(), except to topics that hold the epoch
  // already.
  Status Commit(int64_t epoch);

 private:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  Status Append(const std::string& topic, std::string_view key, std::string_view value,
                const Headers& headers);

  log::Log& log_;
  const std::string producer_;
  std::map<std::string, std::unique_ptr<sink::TopicSink>> topics_;  // those in use
  int64_t now_us_ = 0;
};

}  // namespace headrace::engine
