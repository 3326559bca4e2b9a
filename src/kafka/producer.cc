#include "kafka/producer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "base/logging.h"

namespace headrace::kafka {
namespace {

constexpr int kStepMs = 5'000;
constexpr int kFirstPauseMs = 100;
constexpr int kPauseMsMax = 5'000;

// Sleeps; false where `stop` was requested.
bool Pause(int ms, const std::stop_token& stop) {
  for (; ms > 0 && !stop.stop_requested(); ms -= 50)
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(ms, 50)));
  return !stop.stop_requested();
}

}  // namespace

Result<std::unique_ptr<Producer>> Producer::Open(const Cluster& cluster, const std::string& id) {
  std::unique_ptr<Producer> producer(new Producer(cluster, id));
  Cluster tuned = cluster;
  for (const auto& [name, value] : Settings{{"partitioner", "murmur2_random"},
                                            {"linger.ms", "20"},
                                            {"compression.codec", "lz4"},
                                            // What a topic takes is for its own settings to say.
                                            {"message.max.bytes", "100000000"}}) {
    tuned.properties.emplace(name, value);
  }
  ASSIGN_OR_RAISE(producer->client_,
                  MakeClient(RD_KAFKA_PRODUCER, tuned,
                             {{"transactional.id", id}, {"delivery.report.only.error", "true"}},
                             producer.get(), OnDelivery));
  const Owned<rd_kafka_error_t> error(
      rd_kafka_init_transactions(producer->client_.get(), kTimeoutMs));
  if (error == nullptr) return producer;
  return StatusOf(rd_kafka_error_code(error.get()),
                  fmt::format("taking over the Kafka transactions of '{}' at {}", id,
                              cluster.bootstrap_servers));
}

void Producer::OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto* const producer = static_cast<Producer*>(opaque);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  // Those purged by a roll-back say nothing.
  if (message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
      message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
    return;
  const Status status = StatusOf(
      message->err, fmt::format("a message of {} bytes with the key '{}' for the Kafka topic '{}' "
                                "was refused",
                                message->len,
                                std::string_view(static_cast<const char*>(message->key),
                                                 std::min<size_t>(message->key_len, 200)),
                                rd_kafka_topic_name(message->rkt)));
  const bool for_good = KindOf(status) == ErrorKind::kUser;
  // A batch is refused as a whole: the largest of its messages tells most.
  if (producer->refused_for_good_ && (!for_good || message->len <= producer->refused_bytes_))
    return;
  producer->refused_ = DiagnosticsOf(status).front().message;
  producer->refused_for_good_ = for_good;
  producer->refused_bytes_ = message->len;
}

Result<rd_kafka_topic_t*> Producer::TopicOf(const std::string& name) {
  Owned<rd_kafka_topic_t>& topic = topics_[name];
  if (topic == nullptr) topic.reset(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr));
  if (topic == nullptr)
    return StatusOf(rd_kafka_last_error(), "'" + name + "' is no name of a Kafka topic");
  return topic.get();
}

Status Producer::Send(const std::string& topic, const Message& message) {
  ASSIGN_OR_RAISE(rd_kafka_topic_t* const handle, TopicOf(topic));
  const std::string_view value = message.value.value_or(std::string_view());
  // Copied, so that they are not written to. Bytes that are none are still bytes, a null is not.
  const auto bytes_of = [](std::string_view bytes) {
    return const_cast<char*>(bytes.data() == nullptr ? "" : bytes.data());
  };
  void* const key = message.has_key ? bytes_of(message.key) : nullptr;
  void* const bytes = message.value ? bytes_of(value) : nullptr;
  Owned<rd_kafka_headers_t> headers;
  if (!message.headers.empty()) headers.reset(rd_kafka_headers_new(message.headers.size()));
  for (const auto& [name, text] : message.headers)
    rd_kafka_header_add(headers.get(), name.data(), std::ssize(name), text.data(),
                        std::ssize(text));
  while (true) {
    const auto code = rd_kafka_producev(
        client_.get(), RD_KAFKA_V_RKT(handle), RD_KAFKA_V_PARTITION(message.partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(key, message.has_key ? message.key.size() : 0),
        RD_KAFKA_V_VALUE(bytes, value.size()), RD_KAFKA_V_TIMESTAMP(message.timestamp_ms),
        RD_KAFKA_V_HEADERS(headers.get()), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      (void)headers.release();  // They belong to the message now.
      return Status::OK();
    }
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      return StatusOf(code, fmt::format("a message of {} bytes with the key '{}' for the Kafka "
                                        "topic '{}'",
                                        value.size(), message.key.substr(0, 200), topic));
    }
    rd_kafka_poll(client_.get(), 10);
  }
}

Status Producer::Transact(const std::function<Status()>& send,
                          const std::function<void()>& before_commit, const std::stop_token& stop) {
  for (int pause_ms = kFirstPauseMs;; pause_ms = std::min(2 * pause_ms, kPauseMsMax)) {
    const Status status = Attempt(send, before_commit, stop);
    if (status.ok() || KindOf(status) != ErrorKind::kTransient) return status;
    LogWarning("kafka", "a transaction of '{}' is made again: {}", id_, status.message());
    if (!Pause(pause_ms, stop)) return Status::Cancelled("stopped: ", status.message());
  }
}

Status Producer::Attempt(const std::function<Status()>& send,
                         const std::function<void()>& before_commit, const std::stop_token& stop) {
  refused_.clear();
  refused_for_good_ = false;
  rd_kafka_t* const client = client_.get();
  RETURN_NOT_OK(Step(
      "begin", [=] { return rd_kafka_begin_transaction(client); }, stop));
  Status status = send();
  if (status.ok()) status = Flush(stop);
  if (status.ok()) {
    before_commit();
    status = Step(
        "commit", [=] { return rd_kafka_commit_transaction(client, kStepMs); }, stop);
  }
  if (status.ok() || status.IsCancelled()) return status;
  if (rd_kafka_fatal_error(client, nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) return FatalError();
  RETURN_NOT_OK(Step(
      "roll back", [=] { return rd_kafka_abort_transaction(client, kStepMs); }, stop));
  if (refused_for_good_) return UserError(refused_);
  return refused_.empty() ? status : TransientError(refused_);
}

// A transaction that the coordinator has ended is told in many ways, by what was under way just
// then: fenced, an invalid epoch, an invalid state, an unknown producer.
bool Producer::has_ended() const {
  const auto code = rd_kafka_fatal_error(client_.get(), nullptr, 0);
  return code != RD_KAFKA_RESP_ERR_NO_ERROR && !IsUserError(code);
}

Status Producer::FatalError() const {
  std::array<char, 512> reason{};
  const auto code = rd_kafka_fatal_error(client_.get(), reason.data(), reason.size());
  const std::string message = fmt::format("Kafka transactions of '{}': {}", id_, reason.data());
  return IsUserError(code) ? UserError(message) : Status::IOError(message);
}

Status Producer::Flush(const std::stop_token& stop) {
  while (rd_kafka_flush(client_.get(), kStepMs) == RD_KAFKA_RESP_ERR__TIMED_OUT) {
    if (stop.stop_requested()) return Status::Cancelled("stopped while Kafka doesn't answer");
  }
  return refused_.empty() ? Status::OK() : TransientError(refused_);
}

Status Producer::Store(const std::string& topic, const Note& note, const std::stop_token& stop) {
  const Owned<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_t* const place =
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0);
  place->offset = note.number;
  place->metadata = strndup(note.text.data(), note.text.size());  // The list frees it.
  place->metadata_size = note.text.size();
  const Owned<rd_kafka_consumer_group_metadata_t> group(
      rd_kafka_consumer_group_metadata_new(id_.c_str()));
  return Step(
      "store a note",
      [&] {
        return rd_kafka_send_offsets_to_transaction(client_.get(), list.get(), group.get(),
                                                    kStepMs);
      },
      stop);
}

Status Producer::Step(const std::string& name, const std::function<rd_kafka_error_t*()>& step,
                      const std::stop_token& stop) {
  while (true) {
    const Owned<rd_kafka_error_t> error(step());
    if (error == nullptr) return Status::OK();
    const auto code = rd_kafka_error_code(error.get());
    const std::string doing = fmt::format("Kafka transaction of '{}': {}", id_, name);
    if (rd_kafka_error_is_fatal(error.get()) != 0) return FatalError();
    const std::string message = fmt::format("{}: {}", doing, rd_kafka_error_string(error.get()));
    if (rd_kafka_error_txn_requires_abort(error.get()) != 0) return TransientError(message);
    if (rd_kafka_error_is_retriable(error.get()) == 0) {
      const Status status = StatusOf(code, doing);
      return KindOf(status) == ErrorKind::kUser ? status : Status::IOError(message);
    }
    if (stop.stop_requested()) return Status::Cancelled("stopped: ", message);
    LogWarning("kafka", "{}; trying on", message);
    if (!Pause(kFirstPauseMs, stop)) return Status::Cancelled("stopped: ", message);
  }
}

Result<std::optional<Note>> Producer::ReadNote(const std::string& topic) const {
  ASSIGN_OR_RAISE(const auto reader,
                  MakeClient(RD_KAFKA_CONSUMER, cluster_,
                             {{"group.id", id_}, {"isolation.level", "read_committed"}}));
  const Owned<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0);
  auto code = rd_kafka_committed(reader.get(), list.get(), kTimeoutMs);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = list->elems[0].err;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return StatusOf(code, fmt::format("reading what '{}' stored last", id_));
  const rd_kafka_topic_partition_t& place = list->elems[0];
  if (place.offset < 0) return std::nullopt;
  return Note{place.offset, std::string(static_cast<const char*>(place.metadata),
                                        place.metadata == nullptr ? 0 : place.metadata_size)};
}

}  // namespace headrace::kafka
