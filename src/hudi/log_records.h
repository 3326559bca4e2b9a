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

// Holds the batches and 32 to 48 bytes a key. Not thread-safe.
class LogRecords {
 public:
  explicit LogRecords(std::string order_by) : order_by_(std::move(order_by)) {}

  // Add what the next block in the order of completion holds. Batches have the record key and the
  // ordering column, where there is one; they may differ in other columns.
  Status AddRows(std::shared_ptr<arrow::RecordBatch> batch);
  void AddDeletes(std::vector<DeleteRecord> deletes);

  bool empty() const { return versions_.empty(); }

  // How many rows of the base file's batches were replaced and deleted so far.
  int64_t replaced() const { return replaced_; }
  int64_t deleted() const { return deleted_; }

  // What was added so far: what is added later comes after it.
  struct Mark {
    size_t batches = 0;
    size_t deletes = 0;
  };
  Mark mark() const { return {batches_.size(), deletes_.size()}; }

  // Returns the rows of a base file's batch that no log record replaces. Log records that a base
  // row beats count no longer.
  Result<std::shared_ptr<arrow::RecordBatch>> KeepRows(
      const std::shared_ptr<arrow::RecordBatch>& batch);

  // Return what counts of that which was added after `mark`: rows of each batch, and deletes. To be
  // called after all else.
  Result<std::vector<std::shared_ptr<arrow::RecordBatch>>> Rows(const Mark& mark) const;
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

  void Add(std::string_view key, Version version);
  void Grow();
  // The slot of a key, or the empty one where it belongs.
  Slot& Find(std::string_view key, uint64_t hash);
  OrderingValue OrderingOf(const Version& version) const;

  const std::string order_by_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches_;
  std::vector<const arrow::Array*> orderings_;  // of batches_; null without an ordering column
  std::deque<std::vector<DeleteRecord>> deletes_;
  std::vector<Version> versions_;
  std::vector<Slot> slots_;
  int64_t replaced_ = 0;
  int64_t deleted_ = 0;
};

}  // namespace headrace::hudi
