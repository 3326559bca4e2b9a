#include "engine/side_topics.h"

namespace headrace::engine {

Status SideTopics::Write(const SideRecords& aside, int64_t clock_us) {
  for (const SideRecords::Record& kept : aside.records()) {
    std::unique_ptr<sink::TopicSink>& open = topics_[kept.topic];
    if (open == nullptr) {
      ASSIGN_OR_RAISE(auto found, log_.OpenTopic(kept.topic, {}));
      ASSIGN_OR_RAISE(open, sink::TopicSink::Open(std::move(found), producer_));
    }
    log::Record record{
        .key = kept.key, .value = kept.value, .timestamp_us = clock_us, .headers = {}};
    for (const auto& [name, text] : kept.headers) record.headers.emplace_back(name, text);
    open->Write(record);
  }
  return Status::OK();
}

Status SideTopics::Commit(int64_t epoch) {
  for (const auto& [name, topic] : topics_) RETURN_NOT_OK(topic->Commit(epoch));
  return Status::OK();
}

}  // namespace headrace::engine
