// A transactional producer: what it sends in one transaction becomes visible at once or not at all,
// and with it a number that it is remembered by.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "kafka/client.h"

namespace headrace::kafka {

struct Message {
  std::string_view key = {};
  bool has_key = false;
  std::optional<std::string_view> value = {};  // none: a tombstone
  int64_t timestamp_ms = 0;                    // since 1970 UTC
};

// Used by one thread at a time.
class Producer {
 public:
  // Connects and takes over `id` (the transactional.id): what an earlier holder left open is rolled
  // back, and one that still runs can commit no more.
  //
  // Errors: transient where no broker answers within 30 s; user errors where that isn't allowed.
  static Result<std::unique_ptr<Producer>> Open(const Cluster& cluster, const std::string& id);

  // Copies the message and sends it in the background; partitions by the key, as Java's clients do.
  // Only within Commit().
  Status Send(const std::string& topic, const Message& message);

  // Runs one transaction: `send` sends all its messages, and `number` is stored with them. Where
  // the cluster aborts it, or doesn't answer, everything is done again, with back-off, until `stop`
  // is requested. `before_commit` is called once all was sent.
  //
  // Errors: a user error where another producer has taken over `id`, or where a message is refused
  // for good (too large, not authorized); what `send` returns. Then nothing is visible.
  Status Commit(const std::string& topic, int64_t number, const std::function<Status()>& send,
                const std::function<void()>& before_commit, std::stop_token stop);

  // The number that the last transaction stored by Commit(), 0 where there is none. It is the
  // committed offset of partition 0 of `topic` in the consumer group `id`.
  Result<int64_t> LastNumber(const std::string& topic) const;

 private:
  Producer(const Cluster& cluster, std::string id) : cluster_(cluster), id_(std::move(id)) {}

  static void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* producer);
  // One attempt; a transient error says that the transaction was rolled back and may be made again.
  Status Attempt(const std::string& topic, int64_t number, const std::function<Status()>& send,
                 const std::function<void()>& before_commit, const std::stop_token& stop);
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
  Owned<rd_kafka_t> client_;  // goes first: its callbacks use the rest
};

}  // namespace headrace::kafka
