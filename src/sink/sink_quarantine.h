// What a sink can't keep, for reasons that lie in the row: the topic <sink>.quarantine, with the
// reason of each as a header. It is made when there is something to put aside.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "log/log.h"
#include "sink/sink.h"
#include "sink/topic_sink.h"

namespace headrace::sink {

// Used by one thread at a time. What Commit() has acknowledged survives a crash.
class SinkQuarantine {
 public:
  // `log` must outlive it.
  static Result<SinkQuarantine> Open(log::Log& log, const std::string& pipeline,
                                     const std::string& sink);

  // The newest epoch that something was put aside of; 0 where there is none.
  int64_t last_epoch() const { return topic_ == nullptr ? 0 : topic_->last_epoch(); }

  // Keeps a copy for the epoch that runs.
  void Add(std::string value, std::string reason);

  // Appends what was added since the last Commit() or Discard(), exactly once: an epoch that the
  // topic holds already is discarded. Returns how many there were.
  Result<int64_t> Commit(const Epoch& epoch);

  void Discard() { rows_.clear(); }

 private:
  struct Row {
    std::string value;
    std::string reason;
  };

  SinkQuarantine(log::Log& log, std::string name, std::string producer)
      : log_(&log), name_(std::move(name)), producer_(std::move(producer)) {}

  log::Log* log_;
  std::string name_;
  std::string producer_;
  std::unique_ptr<TopicSink> topic_;
  std::vector<Row> rows_;
};

}  // namespace headrace::sink
