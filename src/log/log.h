// A Log is a set of topics; a Topic is a set of partitions, each an append-only sequence of records
// with rising offsets. Sources append to it, the engine reads it, and neither knows the other. The
// engine reads a topic of the user's Kafka just so: what it needs is ReadableTopic.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "log/record.h"

namespace headrace::log {

struct TopicOptions {
  int32_t partitions = 1;
  int64_t retention_us = 0;     // records older than this may be deleted; 0: kept for ever
  int64_t retention_bytes = 0;  // per partition; 0: no limit
};

struct OffsetRange {
  int64_t first = 0;  // of the oldest record that is kept
  int64_t next = 0;   // that the next record will get: first == next is an empty partition
};

// What has processed the log: the state of an engine.
struct EngineState {
  std::string id = {};      // unlike that of any other state
  std::string folder = {};  // where it is, for messages
  int64_t epoch = 0;        // the newest that it has planned
  bool is_reset = false;    // begins anew
};

// Up to where a reader is through a partition (Topic::CommitOffset).
struct ReaderPosition {
  std::string reader = {};
  int32_t partition = 0;
  int64_t offset = 0;
};

struct TopicInfo {
  std::string name = {};
  TopicOptions options = {};
  std::vector<OffsetRange> partitions = {};
  std::optional<int64_t> bytes = {};  // of all blocks kept, before compression, where that is known
  std::vector<ReaderPosition> readers = {};
};

// What a producer remembers beside its records: bytes of its own making (an ETag, a page, an epoch
// number).
struct ProducerCursor {
  std::string producer;  // unique within the topic; empty: nothing to remember
  std::string position;
};

// Bounds of one read; at least one record comes back where there is one before `end`.
struct ReadLimits {
  int64_t records = 100'000;
  int64_t bytes = 16 << 20;
  int64_t end = INT64_MAX;  // no record at or after this offset
};

// Thread-safe.
class ReadableTopic {
 public:
  virtual ~ReadableTopic() = default;

  // Unique among all that a pipeline reads.
  virtual const std::string& name() const = 0;
  // They may become more.
  virtual int32_t partitions() const = 0;

  // Returns all records from `offset` on up to some bound: blocks one after the other that cover
  // [offset, next_offset of the last), which may be longer than the records in them. Nothing where
  // `offset` is the end. Where `offset` is older than the oldest record kept, or past the end, that
  // is an error: nothing is skipped. What comes back depends on the records and the limits alone.
  //
  // Errors: Invalid where `partition` or `offset` does not exist, fatal where a block is corrupt or
  // missing, transient where a server doesn't answer; the message says which topic, partition and
  // offset.
  virtual Result<std::vector<RecordBlock>> Read(int32_t partition, int64_t offset,
                                                const ReadLimits& limits) = 0;

  // What is known by now. Errors: Invalid where `partition` does not exist.
  virtual Result<OffsetRange> Offsets(int32_t partition) = 0;

  // Says that `reader` needs nothing before `offset` any more. Retention of the local log never
  // deletes what a reader that ever called this still needs; of a partition that it did not name it
  // needs all.
  virtual Status CommitOffset(const std::string& reader, int32_t partition, int64_t offset) = 0;

  // Waits until the topic has records at or after `offset` in `partition`, or `timeout_us` has
  // passed; true where it has. As it stands it asks for Offsets() now and then.
  virtual bool WaitForRecords(int32_t partition, int64_t offset, int64_t timeout_us);
};

// Thread-safe. Records that Append() has acknowledged survive a crash of the process and of the
// machine, in order, once. Offsets of the local log begin at 0 and have no holes.
class Topic : public ReadableTopic {
 public:
  // Appends a block (as RecordBlockBuilder made it, not empty) and in the same atomic step stores
  // `cursor`: after a crash either both are there or neither is. Returns the offset of the first
  // record, where the log tells it (Kafka: -1).
  //
  // Errors: Invalid where `partition` does not exist or the block is malformed, fatal where the
  // disk refused, user errors where a server did for good; nothing is appended then. Where a server
  // doesn't answer it is waited for, until the log is told not to (Cancelled).
  virtual Result<int64_t> Append(int32_t partition, std::string block,
                                 const ProducerCursor& cursor) = 0;

  // Stores a cursor without records.
  virtual Status StoreCursor(const ProducerCursor& cursor) = 0;

  // Returns what the producer stored last, or nothing.
  virtual Result<std::optional<std::string>> ReadCursor(const std::string& producer) = 0;
};

// Thread-safe. A log on Kafka may be in use by several processes, even on several machines: one
// that appends for sources, one for the engine. Each opens it for its half.
class Log {
 public:
  virtual ~Log() = default;

  // Claims the half that the log was opened for: from now on, until the log is closed or its
  // process dies, this run alone appends. Called once, before anything else where something is to
  // be appended. The engine says what its state is, and learns which epoch the log knows of as the
  // newest (0: none): its own get higher numbers.
  //
  // Errors: a user error that says who has it, where another run has, or whose results the sinks
  // hold, where that is another state; transient where no broker answers.
  virtual Result<int64_t> Claim(const EngineState& /*state*/) { return 0; }

  // Shows that the run is still there, and sees to it that what it appended before can be read by
  // whoever asks from now on. Called every few seconds.
  //
  // Errors: a user error where another run has taken over.
  virtual Status KeepClaim() { return Status::OK(); }

  // Called before the sinks commit an epoch. Afterwards no state that doesn't know of it may go on.
  //
  // Errors: a user error where another run has taken over.
  virtual Status BeginCommit(int64_t /*epoch*/) { return Status::OK(); }

  // From now on nobody waits for a server that doesn't answer: what was tried fails with Cancelled.
  virtual void StopWaiting() {}

  // Opens a topic and creates it where there is none; the options of one that is there are brought
  // up to date (the number of partitions cannot shrink: user error).
  virtual Result<std::shared_ptr<Topic>> OpenTopic(const std::string& name,
                                                   const TopicOptions& options) = 0;

  // Opens a topic that is there; KeyError where it isn't.
  virtual Result<std::shared_ptr<Topic>> FindTopic(const std::string& name) = 0;

  virtual Result<std::vector<TopicInfo>> ListTopics() = 0;

  // Deletes what retention allows. Called by the owner now and then.
  virtual Status ApplyRetention(int64_t now_us) = 0;
};

enum class OpenMode { kReadWrite, kReadOnly };

// What an acknowledged record survives: a crash of the machine, or only one of the process (for
// measuring what syncing costs).
enum class Durability { kMachine, kProcess };

// Opens the local log in `folder` (a RocksDB of its own). kReadWrite excludes other processes (user
// error that names the folder); kReadOnly sees what was written before it was opened, beside a
// running process, and refuses to append.
Result<std::unique_ptr<Log>> OpenLocalLog(const std::string& folder, OpenMode mode,
                                          Durability durability = Durability::kMachine);

// Returns the offset from which on a partition holds at least `records` records; the oldest one
// where it holds fewer. Offsets of Kafka have holes.
Result<int64_t> OffsetOfNewest(ReadableTopic& topic, int32_t partition, int64_t records);

}  // namespace headrace::log
