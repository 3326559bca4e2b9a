#include "sink/topic_sink.h"

#include <charconv>

#include "base/fault.h"

namespace headrace::sink {

Result<std::unique_ptr<TopicSink>> TopicSink::Open(std::shared_ptr<log::Topic> topic,
                                                   std::string producer) {
  ASSIGN_OR_RAISE(const auto position, topic->ReadCursor(producer));
  int64_t epoch = 0;
  if (position.has_value()) {
    const char* end = position->data() + position->size();
    if (std::from_chars(position->data(), end, epoch).ptr != end || epoch < 0) {
      return Status::IOError("the cursor of '", producer, "' in topic '", topic->name(),
                             "' is no epoch: ", *position);
    }
  }
  return std::unique_ptr<TopicSink>(new TopicSink(std::move(topic), std::move(producer), epoch));
}

Status TopicSink::Commit(int64_t epoch) {
  if (block_.records() == 0) return Status::OK();
  std::string block = block_.Finish();
  if (epoch <= last_epoch_) return Status::OK();
  FaultPoint("topic_sink.before_append");
  RETURN_NOT_OK(topic_->Append(0, std::move(block), {producer_, std::to_string(epoch)}).status());
  FaultPoint("topic_sink.after_append");
  last_epoch_ = epoch;
  return Status::OK();
}

}  // namespace headrace::sink
