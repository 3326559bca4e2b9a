// A KafkaWriter appends all that a run writes to one half of a Kafka log: in transactions of one
// transactional.id, each of which holds records of any topics, the cursors of their producers, and
// the claim of the run. So after a crash either all of an append is there or none of it, wherever
// the next run starts; and of two runs that think the half is theirs the cluster lets only the
// later one commit.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "kafka/producer.h"
#include "log/cursor_topic.h"
#include "log/group_commit.h"
#include "log/log.h"

namespace headrace::log {

struct KafkaWriterOptions {
  kafka::Cluster cluster;
  std::string pipeline;
  std::string prefix;  // of all topics, and of transactional.id
  int32_t replication = 0;
  Half half = Half::kIngest;
};

// Thread-safe.
class KafkaWriter {
 public:
  // Claims the half, reads its cursors, and says so in the cursor topic. `state` is that of the
  // engine, for Half::kProcess. A run that has the half and shows itself is left alone; one that
  // doesn't for some seconds is taken to be dead.
  //
  // Errors: as Log::Claim.
  static Result<std::unique_ptr<KafkaWriter>> Open(const KafkaWriterOptions& options,
                                                   const EngineState& state, std::stop_token stop);
  // Gives the half back, unless it was lost.
  ~KafkaWriter();

  // Appends `block` (may be null) to a partition of a topic, by its name in the cluster, and stores
  // `cursor` (may be null).
  Status Append(const std::string& topic, int32_t partition, const RecordBlock* block,
                const ProducerCursor* cursor);

  // The newest epoch that the claim before this one knew of, 0 where it knew none.
  int64_t first_epoch() const { return first_epoch_; }

  // The cursor that was stored last.
  std::optional<std::string> Cursor(const std::string& topic, const std::string& producer) const;

  // As Log::KeepClaim and Log::BeginCommit.
  Status KeepClaim();
  Status BeginCommit(int64_t epoch);

 private:
  struct Write {
    const std::string* topic = nullptr;
    int32_t partition = 0;
    const RecordBlock* block = nullptr;  // null: none
    std::string cursor_key = {};         // empty: none
    const std::string* cursor = nullptr;
    int64_t epoch = 0;  // 0: no other than before
    bool is_release = false;
    size_t size = 0;
    size_t bytes() const { return size; }

    Status status = {};
    bool done = false;
  };
  using Group = GroupCommit<Write>::Group;

  KafkaWriter(KafkaWriterOptions options, std::unique_ptr<CursorTopic> cursor_topic,
              std::stop_token stop);
  Status TakeOver(const EngineState& state);
  Status WriteGroup(const Group& group);
  Status Send(const Group& group);
  Status SendBlock(const Write& write);
  Status SendCursor(const std::string& key, const std::string& value);
  // Goes on where the cluster has ended the producer though no other run has claimed the half: it
  // ends transactions that take too long. Tells whether the last one was committed all the same.
  Result<bool> Reopen();
  Result<bool> TryToReopen();
  Result<Claim> ReadOwnClaim(CursorTopic::Isolation isolation);

  const KafkaWriterOptions options_;
  const std::string cursor_topic_name_;
  const std::unique_ptr<CursorTopic> cursor_topic_;
  std::stop_token stop_;
  Claim claim_;  // Only who writes a group looks at it, and at what follows.
  bool is_claimed_ = false;
  Status lost_;  // why this run may append nothing more
  std::unique_ptr<kafka::Producer> producer_;
  int64_t first_epoch_ = 0;

  mutable std::mutex mutex_;                    // guards cursors_
  std::map<std::string, std::string> cursors_;  // by key
  GroupCommit<Write> commit_;
};

}  // namespace headrace::log
