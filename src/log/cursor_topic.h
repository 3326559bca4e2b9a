// The cursor topic of a Kafka log: PREFIXheadrace-cursors, compacted, with one partition for each
// half of the pipeline. It holds what producers remember beside their records, and the claim of the
// run that writes; both come in the transaction of the records that they speak of.
// docs/KAFKA_LOG.md describes the messages.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "kafka/topic_reader.h"
#include "log/kafka_claim.h"

namespace headrace::log {

// Who writes; the number is that of the partition.
enum class Half : int32_t { kIngest = 0, kProcess = 1 };

// What a half has stored last.
struct StoredCursors {
  std::optional<Claim> claim;
  std::map<std::string, std::string> cursors;  // by the key of the message
  int64_t next_offset = 0;                     // where what is newer will stand
};

// The keys of messages.
inline constexpr char kClaimKey[] = "claim";
std::string CursorKeyOf(const std::string& topic, const std::string& producer);

// Used by one thread at a time.
class CursorTopic {
 public:
  // Makes the topic where it isn't there. `replication`: 0 as the cluster has it.
  static Result<std::unique_ptr<CursorTopic>> Open(const kafka::Cluster& cluster,
                                                   const std::string& name, int32_t replication);

  // Of what is not committed nothing holds, but that it is there is a sign of life.
  enum class Isolation { kCommitted, kUncommitted };

  // Reads all, or what is newer than what `*stored` holds.
  Status Read(Half half, Isolation isolation, StoredCursors* stored);

 private:
  CursorTopic(const kafka::Cluster& cluster, std::string name)
      : cluster_(cluster), name_(std::move(name)) {}

  const kafka::Cluster cluster_;
  const std::string name_;
  std::map<Isolation, std::unique_ptr<kafka::TopicReader>> readers_;
};

}  // namespace headrace::log
