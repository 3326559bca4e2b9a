#include "engine/side_topics.h"

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
  std::unique_ptr<sink::TopicSink>& open = topics_[topic];
  if (open == nullptr) {
    ASSIGN_OR_RAISE(auto found, log_.OpenTopic(topic, {}));
    ASSIGN_OR_RAISE(open, sink::TopicSink::Open(std::move(found), producer_));
  }
  log::Record record{.key = key, .value = value, .timestamp_us = now_us_, .headers = {}};
  for (const auto& [name, text] : headers) record.headers.emplace_back(name, text);
  open->Write(record);
  return Status::OK();
}

Status SideTopics::Commit(int64_t epoch) {
  for (const auto& [name, topic] : topics_) RETURN_NOT_OK(topic->Commit(epoch));
  return Status::OK();
}

}  // namespace headrace::engine
