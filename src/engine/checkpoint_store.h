// The CheckpointStore keeps what a pipeline's engine must know after a restart: the plan of the
// last epoch, how far the topics were processed, and the state of every operator, as the blocks its
// epochs wrote (state_block.h). A RocksDB of its own in <state>/checkpoint:
//
//   version                          "1"
//   id                               what tells this store from every other
//   plan                             the epoch that was planned last: number, clock, ranges
//   checkpoint                       the epoch that was completed last: number, offsets
//   operator <id>                    the operator's fingerprint
//   state <id> <epoch> <part>        what the epoch changed in the operator's state
//
// Blocks of many epochs are folded into one in the background, later ones with earlier ones of
// about their size: a checkpoint costs what changed, a restart reads little more than the state,
// and every byte is rewritten about log(state / change) times.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "engine/state_block.h"

namespace headrace::engine {

// Records [begin, end) of a partition of a topic.
struct EpochRange {
  std::string topic;
  int32_t partition = 0;
  int64_t begin = 0;
  int64_t end = 0;
};

struct EpochPlan {
  int64_t number = 0;    // 1, 2, ...
  int64_t clock_us = 0;  // microseconds since 1970 UTC
  std::vector<EpochRange> ranges;
};

// By topic and partition: the offset of the first record that is not processed.
using Offsets = std::map<std::pair<std::string, int32_t>, int64_t>;

// Used by one thread at a time. What StorePlan() and StoreCheckpoint() have acknowledged is on
// disk.
class CheckpointStore {
 public:
  // Opens the store in `folder` and creates it where there is none.
  //
  // Errors: user errors where another process has it open or another version wrote it.
  static Result<std::unique_ptr<CheckpointStore>> Open(const std::string& folder);
  // Opens the store in `folder` to look at, also beside a process that runs on it: what was
  // acknowledged before. What is read later may be gone then, which is an IOError; open it again.
  // Nothing can be written.
  //
  // Errors: user errors where there is no store, or one of another version.
  static Result<std::unique_ptr<CheckpointStore>> OpenToRead(const std::string& folder);
  virtual ~CheckpointStore() = default;

  // Made with the store, and kept for good.
  virtual const std::string& id() const = 0;

  // The epoch that was planned last, if any, and the number and offsets of the one that was
  // completed last (0: none).
  virtual const std::optional<EpochPlan>& planned() const = 0;
  virtual int64_t completed_epoch() const = 0;
  virtual const Offsets& offsets() const = 0;

  // The fingerprints of the operators that have state here.
  virtual const std::map<std::string, std::string>& fingerprints() const = 0;

  // Forgets the state of all operators, the plan and the offsets; `next` is the number that the
  // next epoch will get at least.
  virtual Status Reset() = 0;

  virtual Status StorePlan(const EpochPlan& plan) = 0;

  // What an operator changed in an epoch.
  struct OperatorChanges {
    std::string id;
    std::string fingerprint;
    StateBlock block;
  };
  // Completes the planned epoch: its changes, its offsets and its number in one atomic, synced
  // write.
  virtual Status StoreCheckpoint(const EpochPlan& plan,
                                 const std::vector<OperatorChanges>& changes) = 0;

  // The bytes that the blocks of an operator take, before they are compressed.
  virtual int64_t StateBytes(const std::string& id) const = 0;

  // Calls `visit` with the blocks of an operator, in order.
  virtual Status VisitState(const std::string& id,
                            const std::function<Status(std::string_view)>& visit) = 0;

  // Waits until what is folded in the background is folded. For tests.
  virtual Status FinishFolding() = 0;
};

}  // namespace headrace::engine
