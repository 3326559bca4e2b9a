// A transactional producer: what it sends in one transaction becomes visible at once or not at all,
// and, where it is wanted, with it a note that it is remembered by.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kafka/client.h"

namespace headrace::kafka {

struct Message {
  std::string_view key = {};
  bool has_key = false;
  std::optional<std::string_view> value = {};  // none: a tombstone
  int64_t timestamp_ms = 0;                    // since 1970 UTC
  int32_t partition = -1;                      // -1: by the key, as Java's clients do
  std::vector<std::pair<std::string_view, std::string_view>> headers = {};
};

// What is stored with a transaction.
struct Note {
  int64_t number = 0;  // not negative
  std::string text;
};

// Used by one thread at a time.
class Producer {
 public:
  // Connects and takes over `id` (the transactional.id): what an earlier holder left open is rolled
  // back, and one that still runs can commit no more.
  //
  // Errors: transient where no broker answers within 30 s; user errors where that isn't allowed.
  static Result<std::unique_ptr<Producer>> Open(const Cluster& cluster, const std::string& id);

  // Copies the message and sends it in the background. Only within Transact().
  Status Send(const std::string& topic, const Message& message);

  // Runs one transaction: `send` sends all its messages. Where the cluster aborts it, or doesn't
  // answer, everything is done again, with back-off, until `stop` is requested. `before_commit` is
  // called once all was sent.
  //
  // Errors: a user error where a message is refused for good (too large, not authorized); what
  // `send` returns. Then nothing is visible. Fatal where the producer has_ended(): whether the
  // transaction is visible, isn't known then.
  Status Transact(const std::function<Status()>& send, const std::function<void()>& before_commit,
                  const std::stop_token& stop);

  // Whether the cluster has ended this producer: another has taken over `id`, or a transaction took
  // too long. It can do nothing more. Another may, under the same id; whether that is right is for
  // the caller to know.
  bool has_ended() const;

  // Stores `note` with the transaction, as committed offset of partition 0 of `topic` in the
  // consumer group `id`, and the text that goes with it. Only within Transact().
  Status Store(const std::string& topic, const Note& note, const std::stop_token& stop);

  // What the last transaction stored, if any.
  Result<std::optional<Note>> ReadNote(const std::string& topic) const;

 private:
  Producer(const Cluster& cluster, std::string id) : cluster_(cluster), id_(std::move(id)) {}

  static void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* producer);
  // One attempt; a transient error says that the transaction was rolled back and may be made again.
  Status Attempt(const std::function<Status()>& send, const std::function<void()>& before_commit,
                 const std::stop_token& stop);
  Result<rd_kafka_topic_t*> TopicOf(const std::string& name);
  Status Flush(const std::stop_token& stop);
  // The error of a producer that can't go on.
  Status FatalError() const;
  // Makes a step of a transaction, again while that is what librdkafka asks for.
  Status Step(const std::string& name, const std::function<rd_kafka_error_t*()>& step,
              const std::stop_token& stop);

  const Cluster cluster_;
  const std::string id_;
  std::string refused_;  // by the cluster, since the transaction began: why
  bool refused_for_good_ = false;
  size_t refused_bytes_ = 0;
  Owned<rd_kafka_t> client_;  // goes before the rest: its callbacks use it
  std::map<std::string, Owned<rd_kafka_topic_t>> topics_;
};

}  // namespace headrace::kafka
