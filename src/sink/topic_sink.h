// A TopicSink appends the records of an epoch to a topic, exactly once: the epoch's number is
// stored as the producer's cursor in the same atomic step as the records.
//
// Used by one thread at a time. Records that Commit() has acknowledged survive a crash.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "log/log.h"

namespace headrace::sink {

class TopicSink {
 public:
  // `producer` is who remembers the epoch, unique among those that write to `topic`.
  //
  // Errors: those of the topic; fatal where its cursor holds no epoch.
  static Result<std::unique_ptr<TopicSink>> Open(std::shared_ptr<log::Topic> topic,
                                                 std::string producer);

  // The newest epoch that the topic holds, 0 where it holds none.
  int64_t last_epoch() const { return last_epoch_; }

  // Keeps a copy of the record for the epoch that runs.
  void Write(const log::Record& record) { block_.Append(record); }

  // Appends what was written since the last Commit() to partition 0. An epoch that
  // the topic holds already is discarded; one without records leaves the topic as it is.
  Status Commit(int64_t epoch);

 private:
  TopicSink(std::shared_ptr<log::Topic> topic, std::string producer, int64_t last_epoch)
      : topic_(std::move(topic)), producer_(std::move(producer)), last_epoch_(last_epoch) {}

  std::shared_ptr<log::Topic> topic_;
  std::string producer_;
  int64_t last_epoch_;
  log::RecordBlockBuilder block_;
};

}  // namespace headrace::sink
