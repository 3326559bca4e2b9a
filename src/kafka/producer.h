// A transactional producer: what it sends in one transaction becomes visible at once or not at all,
// and, where it is wanted, with it a number that it is remembered by.
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

// Used by one thread at a time.
class Producer {
 public:
  // Connects and takes over `id` (the transactional.id): what an earlier holder left open is rolled
  // back, and one that still runs can commit no more.
  //
  // Errors: transient where no broker answers within 30 s; user errors where that isn't allowed.
  static Result<std::unique_ptr<Producer>> Open(const Cluster& cluster, const std::string& id);

  // Copies the message and sends it in the background. Only within Transact() or Commit().
  Status Send(const std::string& topic, const Message& message);

  // Runs one transaction: `send` sends all its messages. Where the cluster aborts it, or doesn't
  // answer, everything is done again, with back-off, until `stop` is requested. `before_commit` is
  // called once all was sent.
  //
  // Errors: a user error where another producer has taken over `id`, or where a message is refused
  // for good (too large, not authorized); what `send` returns. Then nothing is visible.
  Status Transact(const std::function<Status()>& send, const std::function<void()>& before_commit,
                  const std::stop_token& stop);

  // Whether another producer has taken over `id`.
  bool is_fenced() const;

  // Transact(), with `number` stored.
  Status Commit(const std::string& topic, int64_t number, const std::function<Status()>& send,
                const std::function<void()>& before_commit, std::stop_token stop);

  // The number that the last transaction stored by Commit(), 0 where there is none. It is the
  // committed offset of partition 0 of `topic` in the consumer group `id`.
  Result<int64_t> LastNumber(const std::string& topic) const;

 private:
  Producer(const Cluster& cluster, std::string id) : cluster_(cluster), id_(std::move(id)) {}

  static void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* producer);
  // One attempt; a transient error says that the transaction was rolled back and may be made again.
  Status Attempt(const std::function<Status()>& send, const std::function<void()>& before_commit,
                 const std::stop_token& stop);
  Result<rd_kafka_topic_t*> TopicOf(const std::string& name);
  Status Flush(const std::stop_token& stop);
  Status StoreNumber(const std::string& topic, int64_t number, const std::stop_token& stop);
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
