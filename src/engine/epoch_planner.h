// Decides which records make up the next epoch: all that the topics hold, up to a bound that
// follows how fast epochs are processed, so that one takes about `commit_every`.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/checkpoint_store.h"
#include "log/log.h"

namespace headrace::engine {

// Used by one thread at a time, except Lag(), which any thread may call.
class EpochPlanner {
 public:
  // `reader` is the name under which the topics keep what is not processed yet.
  EpochPlanner(std::string reader, int64_t commit_every_us);

  // Adds a topic, or those partitions of it that were not added before; `offsets` say where to go
  // on. A partition that is not in there is read from `start` (by partition; empty: from its oldest
  // record).
  //
  // Errors: a user error where the topic ends before the offset.
  Status AddTopic(std::shared_ptr<log::ReadableTopic> topic, const Offsets& offsets,
                  const std::vector<int64_t>& start);

  // Returns the ranges of the next epoch; none where there is nothing new. A range is empty where a
  // partition begins elsewhere than at its oldest record: so the epoch's offsets remember that.
  //
  // Errors: a user error where a topic ends before what was read of it.
  Result<std::vector<EpochRange>> Plan();

  // Whether the last plan left records for the next one.
  bool behind() const { return behind_; }

  // Says that the epoch with these ranges is computed: the next one begins after it.
  void Computed(const std::vector<EpochRange>& ranges);
  // Says that it is complete, how long it took and how many bytes it read.
  Status Completed(const std::vector<EpochRange>& ranges, int64_t took_us, int64_t bytes);

  // Waits until some topic has something new, or `timeout_us` has passed.
  void Wait(int64_t timeout_us);

  // Records that no complete epoch has, by topic and partition.
  Result<Offsets> Lag();

 private:
  struct Partition;
  Partition* Find(const EpochRange& range);
  Status CheckEnd(const log::ReadableTopic& topic, int64_t end, int64_t next) const;

  struct Partition {
    std::shared_ptr<log::ReadableTopic> topic;
    int32_t number = 0;
    int64_t next = 0;       // where the next epoch begins
    int64_t completed = 0;  // the first record that no complete epoch has
    bool recorded = true;   // in the offsets of an epoch, or what it would be without
  };

  const std::string reader_;
  const int64_t commit_every_us_;
  std::mutex mutex_;  // held by who changes partitions_, and by Lag()
  std::vector<Partition> partitions_;
  int64_t records_max_;  // of an epoch
  bool behind_ = false;
  size_t waits_ = 0;
};

}  // namespace headrace::engine
