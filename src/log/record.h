// A Record is bytes: what a source appends to a topic and what the engine decodes. Records travel
// in blocks, never one by one: a block is one value of the local log, or what one read of Kafka
// gave.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace headrace::log {

// A view of one record. The bytes belong to the block it was read from.
struct Record {
  std::string_view key = {};  // empty: no key
  std::string_view value = {};
  bool tombstone = false;    // the key was deleted; `value` is empty
  int64_t timestamp_us = 0;  // microseconds since 1970 UTC: when the source got the record
  std::vector<std::pair<std::string_view, std::string_view>> headers = {};
};

// Builds the bytes of a block. The format is in docs/LOCAL_LOG.md.
class RecordBlockBuilder {
 public:
  void Append(const Record& record);
  int64_t records() const { return records_; }
  int64_t bytes() const { return static_cast<int64_t>(data_.size()); }
  // Returns the block and empties the builder.
  std::string Finish();

 private:
  std::string data_;
  int64_t records_ = 0;
  int64_t base_timestamp_us_ = 0;
  int64_t max_timestamp_us_ = 0;
};

// All records of a range of offsets. Keeps their bytes.
class RecordBlock {
 public:
  // What a builder made; its offsets have no holes. Checks the whole block once; Invalid where the
  // bytes are none that a builder made.
  static Result<RecordBlock> Parse(std::string bytes, int64_t base_offset);

  // What another log holds: the records of the offsets [base_offset, next_offset), each with its
  // own, rising; there may be holes, and even no record. `owner` keeps the bytes alive.
  static RecordBlock Of(std::vector<Record> records, std::vector<int64_t> offsets,
                        int64_t base_offset, int64_t next_offset,
                        std::shared_ptr<const void> owner);

  int64_t base_offset() const { return base_offset_; }
  int64_t next_offset() const { return next_offset_; }
  int64_t records() const {
    return static_cast<int64_t>(owner_ == nullptr ? starts_.size() : views_.size());
  }
  int64_t bytes() const { return static_cast<int64_t>(bytes_.size()); }
  Record record(int64_t index) const;
  int64_t offset(int64_t index) const {
    return owner_ == nullptr ? base_offset_ + index : offsets_[static_cast<size_t>(index)];
  }

  // Forgets the records outside of [first, next), which must lie within a block of a builder.
  void Trim(int64_t first, int64_t next);

 private:
  int64_t base_offset_ = 0;
  int64_t next_offset_ = 0;
  // Of a builder:
  std::string bytes_;
  std::vector<uint32_t> starts_;  // where each record begins
  int64_t base_timestamp_us_ = 0;
  // Of another log:
  std::shared_ptr<const void> owner_;
  std::vector<Record> views_;
  std::vector<int64_t> offsets_;
};

}  // namespace headrace::log
