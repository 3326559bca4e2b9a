// The records of a file slice's log files, by key: of the versions of each key the one that counts.
//
// With an ordering column the version of the greatest value wins, of equal ones the later; a delete
// takes part with its own value, or, in natural order, deletes whatever came before it. Without one
// the later always wins. Source: EVENT_TIME_ORDERING and COMMIT_TIME_ORDERING of Apache Hudi 1.2.0.
#pragma once

#include <arrow/record_batch.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "hudi/delete_block.h"
#include "hudi/ordering.h"

namespace headrace::hudi {

// One of `parts` parts of all keys, by their hash. The parts `i` and `i + parts` of twice as many
// make up the part `i`.
struct KeyPart {
  uint32_t part = 0;
  uint32_t parts = 1;
};

// Holds the batches, or, where it takes one part of several, that part of their rows; and 32 to 48
// bytes a key. Not thread-safe.
class LogRecords {
 public:
  // Other keys than those of `part` are passed over.
  explicit LogRecords(std::string order_by, KeyPart part = {})
      : order_by_(std::move(order_by)), part_(part) {}

  // Add what the next block in the order of completion holds. Batches have the record key and the
  // ordering column, where there is one; they may differ in other columns.
  Status AddRows(std::shared_ptr<arrow::RecordBatch> batch);
  void AddDeletes(std::vector<DeleteRecord> deletes);

  bool empty() const { return versions_.empty(); }

  // How many bytes it holds, or nearly.
  int64_t bytes() const;

  // How many rows of the base file's batches were replaced and deleted so far.
  int64_t replaced() const { return replaced_; }
  int64_t deleted() const { return deleted_; }

  // What was added so far: what is added later comes after it.
  struct Mark {
    size_t batches = 0;
    size_t deletes = 0;
  };
  Mark mark() const { return {batches_.size(), deletes_.size()}; }

  // Returns the rows of a base file's batch, of keys of the part, that no log record replaces. Log
  // records that a base row beats count no longer.
  Result<std::shared_ptr<arrow::RecordBatch>> KeepRows(
      const std::shared_ptr<arrow::RecordBatch>& batch);

  // Some rows of a batch, by their numbers.
  struct BatchRows {
    std::shared_ptr<arrow::RecordBatch> batch;
    std::vector<int64_t> rows;

    Result<std::shared_ptr<arrow::RecordBatch>> Take() const;
  };

  // Return what counts of that which was added after `mark`: rows of each batch, and deletes. To be
  // called after all else.
  std::vector<BatchRows> Rows(const Mark& mark) const;
  std::vector<const DeleteRecord*> Deletes(const Mark& mark) const;

 private:
  // One that counts among the log records.
  struct Version {
    const char* key;  // in batches_ or deletes_
    uint32_t key_length;
    uint32_t is_beaten : 1;  // by the base file's row
    uint32_t is_delete : 1;
    uint32_t part : 30;  // of batches_ or deletes_
    uint32_t row;
  };
  // Open addressing: the upper half of a key's hash and its version, or kEmpty.
  struct Slot {
    uint32_t tag;
    uint32_t version;
  };

  bool IsInPart(std::string_view key) const;
  void Add(std::string_view key, Version version);
  void Grow();
  // The slot of a key, or the empty one where it belongs.
  Slot& Find(std::string_view key, uint64_t hash);
  OrderingValue OrderingOf(const Version& version) const;

  std::string order_by_;
  KeyPart part_;
  int64_t batch_bytes_ = 0;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches_;
  std::vector<const arrow::Array*> orderings_;  // of batches_; null without an ordering column
  std::deque<std::vector<DeleteRecord>> deletes_;
  std::vector<Version> versions_;
  std::vector<Slot> slots_;
  int64_t replaced_ = 0;
  int64_t deleted_ = 0;
};

}  // namespace headrace::hudi
