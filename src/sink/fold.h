// A ChangeFold takes the changes of one epoch and says what they come to for each key: one row
// that the key now has (an upsert), or that it has none any more (a delete). Sinks that keep one
// row a key write by it.
//
// The changes are a Z-set (base/change_batch.h): the order of a -1 and a +1 doesn't matter, only
// the net weight of each distinct row of the key does. A row with a net weight above 0 is an
// upsert; among several, the one with the highest value of the order column, or else the one that
// came last. Otherwise a row with a net weight below 0 is a delete. Where all are 0, nothing.
//
// Not thread-safe.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <memory>
#include <optional>
#include <vector>

#include "base/change_batch.h"
#include "base/status.h"

namespace headrace::sink {

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

// Rows without system columns, in the order in which they arrived; no batch is empty.
struct FoldedChanges {
  Batches upserts;
  Batches deletes;  // the rows that disappeared
  // For each row of upserts, whether its key loses another row: what is replaced by it.
  std::vector<bool> replaces;

  int64_t upsert_rows() const;
  int64_t delete_rows() const;
};

class ChangeFold {
 public:
  // `schema` is that of the relation, without system columns; `key` and `order` are columns of it.
  // A row that must be deleted where it was when a column changes (a partition) has that column in
  // its key. Without a key every row is an insert of its own.
  ChangeFold(std::shared_ptr<arrow::Schema> schema, std::vector<int> key, std::optional<int> order);

  // Keeps the batch. Invalid where it has weights and there is no key.
  Status Add(const ChangeBatch& batch);

  bool empty() const { return batches_.empty(); }
  void Clear() { batches_.clear(); }

  // Folds what was added since the last Clear(), and keeps it: asked again, the answer is the same.
  Result<FoldedChanges> Fold() const;

 private:
  struct Place;
  class Groups;

  Status FoldAppended(Groups* groups) const;
  Status FoldWeighted(Groups* groups) const;
  int Compare(const Place& left, const Place& right) const;
  std::shared_ptr<arrow::RecordBatch> Data(const ChangeBatch& batch) const;
  Result<Batches> Take(const std::vector<Place>& places) const;

  std::shared_ptr<arrow::Schema> schema_;
  std::vector<int> key_;
  std::optional<int> order_;
  Batches batches_;
};

}  // namespace headrace::sink
