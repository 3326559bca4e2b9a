#include "sink/sink_quarantine.h"

namespace headrace::sink {

Result<SinkQuarantine> SinkQuarantine::Open(log::Log& log, const std::string& pipeline,
                                            const std::string& sink) {
  SinkQuarantine quarantine(log, sink + ".quarantine", pipeline + "." + sink);
  auto topic = log.FindTopic(quarantine.name_);
  if (topic.status().IsKeyError()) return quarantine;
  RETURN_NOT_OK(topic.status());
  ASSIGN_OR_RAISE(quarantine.topic_, TopicSink::Open(std::move(*topic), quarantine.producer_));
  return quarantine;
}

void SinkQuarantine::Add(std::string value, std::string reason) {
  rows_.push_back({std::move(value), std::move(reason)});
}

Result<int64_t> SinkQuarantine::Commit(const Epoch& epoch) {
  if (rows_.empty()) return 0;
  if (topic_ == nullptr) {
    ASSIGN_OR_RAISE(auto topic, log_->OpenTopic(name_, {}));
    ASSIGN_OR_RAISE(topic_, TopicSink::Open(std::move(topic), producer_));
  }
  for (const Row& row : rows_) {
    topic_->Write({.key = {},
                   .value = row.value,
                   .timestamp_us = epoch.clock_us,
                   .headers = {{"reason", row.reason}}});
  }
  const auto count = static_cast<int64_t>(rows_.size());
  rows_.clear();
  RETURN_NOT_OK(topic_->Commit(epoch.number));
  return count;
}

}  // namespace headrace::sink
