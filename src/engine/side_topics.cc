#include "engine/side_topics.h"

#include <charconv>
#include <utility>

#include "format/json_writer.h"

namespace headrace::engine {
namespace {

void AppendPlace(const Origin& origin, std::vector<std::pair<std::string, std::string>>* headers) {
  headers->emplace_back("topic", origin.topic);
  headers->emplace_back("partition", std::to_string(origin.partition));
  headers->emplace_back("offset", std::to_string(origin.offset));
}

}  // namespace

Status SideTopics::Quarantine(const std::string& source, const SourceSlice::BadRecord& record) {
  Headers headers{{"reason", record.reason}, {"path", record.path}};
  AppendPlace(record.origin, &headers);
  return Append(source + ".quarantine", record.origin.key, record.origin.value, headers);
}

Status SideTopics::Quarantine(const std::string& relation, const MicroBatch::RejectedRow& row) {
  Headers headers{{"reason", row.reason}, {"view", row.view}};
  if (!row.origin.has_value()) return Append(relation + ".quarantine", "", row.row_json, headers);
  AppendPlace(*row.origin, &headers);
  return Append(relation + ".quarantine", row.origin->key, row.origin->value, headers);
}

Status SideTopics::KeepLate(const MicroBatch::LateRows& late) {
  std::string json;
  for (int64_t row = 0; row < late.rows->num_rows(); ++row) {
    json.clear();
    format::WriteJsonRow(*late.rows, row, &json);
    RETURN_NOT_OK(Append(late.view + ".late", "", json, {}));
  }
  return Status::OK();
}

Status SideTopics::Append(const std::string& topic, std::string_view key, std::string_view value,
                          const Headers& headers) {
  Pending& pending = pending_[topic];
  if (pending.topic == nullptr) {
    ASSIGN_OR_RAISE(pending.topic, log_.OpenTopic(topic, {}));
  }
  log::Record record{.key = key, .value = value, .timestamp_us = now_us_, .headers = {}};
  for (const auto& [name, text] : headers) record.headers.emplace_back(name, text);
  pending.block.Append(record);
  return Status::OK();
}

Result<int64_t> SideTopics::LastEpoch(log::Topic& topic, const std::string& producer) {
  ASSIGN_OR_RAISE(const auto position, topic.ReadCursor(producer));
  int64_t epoch = 0;
  if (!position.has_value()) return epoch;
  const char* end = position->data() + position->size();
  if (std::from_chars(position->data(), end, epoch).ptr != end) {
    return Status::IOError("the cursor of topic '", topic.name(), "' is no epoch: ", *position);
  }
  return epoch;
}

Status SideTopics::Commit(int64_t epoch) {
  for (auto& [name, pending] : pending_) {
    if (pending.block.records() == 0) continue;
    std::string block = pending.block.Finish();
    ASSIGN_OR_RAISE(const int64_t last, LastEpoch(*pending.topic, producer_));
    if (last >= epoch) continue;
    RETURN_NOT_OK(
        pending.topic->Append(0, std::move(block), {producer_, std::to_string(epoch)}).status());
  }
  return Status::OK();
}

}  // namespace headrace::engine
