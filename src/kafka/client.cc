#include "kafka/client.h"

#include <syslog.h>

#include <algorithm>
#include <array>
#include <functional>

#include "base/logging.h"

namespace headrace::kafka {
namespace {

void LogLine(const rd_kafka_t*, int level, const char* facility, const char* text) {
  const LogLevel as = level <= LOG_ERR       ? LogLevel::kError
                      : level <= LOG_WARNING ? LogLevel::kWarning
                      : level <= LOG_INFO    ? LogLevel::kInfo
                                             : LogLevel::kDebug;
  Log(as, "kafka", fmt::format("{}: {}", facility, text));
}

Status Set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  std::array<char, 512> ignored{};  // It may hold the value.
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), ignored.data(), ignored.size()) ==
      RD_KAFKA_CONF_OK) {
    return Status::OK();
  }
  return UserError("Kafka: librdkafka doesn't take the property '" + name + "'",
                   "its CONFIGURATION.md has the names and what they may be");
}

Result<Owned<const rd_kafka_metadata_t>> AskMetadata(rd_kafka_t* client, rd_kafka_topic_t* topic,
                                                     int timeout_ms) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code =
      rd_kafka_metadata(client, topic == nullptr ? 1 : 0, topic, &metadata, timeout_ms);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return StatusOf(code, "no broker of the Kafka cluster answers");
  return Owned<const rd_kafka_metadata_t>(metadata);
}

// The first error in the answer to a request about one topic.
rd_kafka_resp_err_t ErrorOf(rd_kafka_event_t* answer) {
  if (const auto code = rd_kafka_event_error(answer); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return code;
  size_t count = 0;
  const rd_kafka_topic_result_t** topics = nullptr;
  if (const auto* made = rd_kafka_event_CreateTopics_result(answer)) {
    topics = rd_kafka_CreateTopics_result_topics(made, &count);
  } else if (const auto* grown = rd_kafka_event_CreatePartitions_result(answer)) {
    topics = rd_kafka_CreatePartitions_result_topics(grown, &count);
  } else if (const auto* deleted = rd_kafka_event_DeleteRecords_result(answer)) {
    const auto* offsets = rd_kafka_DeleteRecords_result_offsets(deleted);
    for (int i = 0; i < offsets->cnt; ++i) {
      if (offsets->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) return offsets->elems[i].err;
    }
  }
  for (size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(topics[i]);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
      return code;
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

// Makes a request of an administrator and waits for the answer.
Status Ask(rd_kafka_t* client, const std::string& doing,
           const std::function<void(rd_kafka_queue_t*)>& request) {
  const Owned<rd_kafka_queue_t> answers(rd_kafka_queue_new(client));
  request(answers.get());
  const Owned<rd_kafka_event_t> answer(rd_kafka_queue_poll(answers.get(), kTimeoutMs));
  if (answer == nullptr) return TransientError(doing + ": no answer");
  const auto code = ErrorOf(answer.get());
  return code == RD_KAFKA_RESP_ERR_NO_ERROR ? Status::OK() : StatusOf(code, doing);
}

}  // namespace

Result<Owned<rd_kafka_t>> MakeClient(rd_kafka_type_t type, const Cluster& cluster,
                                     const Settings& settings, void* opaque,
                                     void (*on_delivery)(rd_kafka_t*, const rd_kafka_message_t*,
                                                         void*)) {
  Owned<rd_kafka_conf_t> conf(rd_kafka_conf_new());
  RETURN_NOT_OK(Set(conf.get(), "bootstrap.servers", cluster.bootstrap_servers));
  RETURN_NOT_OK(Set(conf.get(), "client.id", "headrace"));
  // A broker that restarts is back within seconds; librdkafka would wait up to ten.
  RETURN_NOT_OK(Set(conf.get(), "reconnect.backoff.max.ms", "2000"));
  RETURN_NOT_OK(Set(conf.get(), "topic.metadata.refresh.interval.ms", "10000"));
  for (const auto& [name, value] : cluster.properties) RETURN_NOT_OK(Set(conf.get(), name, value));
  for (const auto& [name, value] : settings) RETURN_NOT_OK(Set(conf.get(), name, value));
  rd_kafka_conf_set_log_cb(conf.get(), LogLine);
  rd_kafka_conf_set_opaque(conf.get(), opaque);
  if (on_delivery != nullptr) rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);
  std::array<char, 512> reason{};
  Owned<rd_kafka_t> client(rd_kafka_new(type, conf.get(), reason.data(), reason.size()));
  if (client == nullptr)
    return UserError(std::string("Kafka: the properties don't fit: ") + reason.data());
  (void)conf.release();  // It belongs to the client now.
  return client;
}

bool IsUserError(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      return true;
    default:
      return false;
  }
}

Status StatusOf(rd_kafka_resp_err_t code, const std::string& doing) {
  const std::string message = doing + ": " + rd_kafka_err2str(code);
  return IsUserError(code) ? UserError(message) : TransientError(message);
}

Result<int32_t> CountPartitions(rd_kafka_t* client, const std::string& topic, int timeout_ms) {
  const Owned<rd_kafka_topic_t> handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  if (handle == nullptr)
    return StatusOf(rd_kafka_last_error(), "'" + topic + "' is no name of a Kafka topic");
  ASSIGN_OR_RAISE(const auto metadata, AskMetadata(client, handle.get(), timeout_ms));
  if (metadata->topic_cnt != 1) return 0;
  const rd_kafka_metadata_topic_t& found = metadata->topics[0];
  if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return 0;
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR)
    return StatusOf(found.err, "Kafka topic '" + topic + "'");
  return found.partition_cnt;
}

Result<std::vector<std::string>> ListTopics(rd_kafka_t* client, int timeout_ms) {
  ASSIGN_OR_RAISE(const auto metadata, AskMetadata(client, nullptr, timeout_ms));
  std::vector<std::string> names;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    std::string name = metadata->topics[i].topic;
    if (!name.starts_with("__")) names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

Status CreateTopic(rd_kafka_t* client, const std::string& topic, int32_t partitions,
                   int32_t replication, const Settings& settings) {
  std::array<char, 512> reason{};
  const Owned<rd_kafka_NewTopic_t> definition(
      rd_kafka_NewTopic_new(topic.c_str(), partitions, replication == 0 ? -1 : replication,
                            reason.data(), reason.size()));
  if (definition == nullptr)
    return UserError("the Kafka topic '" + topic + "' can't be made: " + reason.data());
  for (const auto& [name, value] : settings)
    rd_kafka_NewTopic_set_config(definition.get(), name.c_str(), value.c_str());
  return Ask(client, "creating the Kafka topic '" + topic + "'", [&](rd_kafka_queue_t* answers) {
    rd_kafka_NewTopic_t* definitions[] = {definition.get()};
    rd_kafka_CreateTopics(client, definitions, 1, nullptr, answers);
  });
}

Status AddPartitions(rd_kafka_t* client, const std::string& topic, int32_t partitions) {
  std::array<char, 512> reason{};
  const Owned<rd_kafka_NewPartitions_t> growth(rd_kafka_NewPartitions_new(
      topic.c_str(), static_cast<size_t>(partitions), reason.data(), reason.size()));
  if (growth == nullptr)
    return UserError("the Kafka topic '" + topic + "' can't grow: " + reason.data());
  return Ask(client, "adding partitions to the Kafka topic '" + topic + "'",
             [&](rd_kafka_queue_t* answers) {
               rd_kafka_NewPartitions_t* growths[] = {growth.get()};
               rd_kafka_CreatePartitions(client, growths, 1, nullptr, answers);
             });
}

Status DeleteRecords(rd_kafka_t* client, const std::string& topic,
                     const std::vector<int64_t>& before) {
  const Owned<rd_kafka_topic_partition_list_t> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(before.size())));
  for (size_t i = 0; i < before.size(); ++i) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), static_cast<int32_t>(i))->offset =
        before[i];
  }
  const Owned<rd_kafka_DeleteRecords_t> records(rd_kafka_DeleteRecords_new(list.get()));
  return Ask(client, "deleting records of the Kafka topic '" + topic + "'",
             [&](rd_kafka_queue_t* answers) {
               rd_kafka_DeleteRecords_t* all[] = {records.get()};
               rd_kafka_DeleteRecords(client, all, 1, nullptr, answers);
             });
}

}  // namespace headrace::kafka
