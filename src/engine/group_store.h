// The groups of an aggregate: their keys, how many rows each has, the accumulators of its calls,
// and what of it a checkpoint still has to write.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "engine/accumulator.h"
#include "engine/changed_set.h"
#include "engine/key_table.h"
#include "engine/operator.h"
#include "engine/state_block.h"

namespace headrace::engine {

// Used by one thread at a time.
class GroupStore {
 public:
  explicit GroupStore(std::vector<std::unique_ptr<Accumulator>> accumulators)
      : accumulators_(std::move(accumulators)) {}

  // Gives every key its group; those that are new are appended to `inserted`.
  void Assign(const PackedKeys& keys, uint32_t* groups, std::vector<uint32_t>* inserted);

  // Adds `rows` rows to their groups (kNoGroup: left out); arguments has one array a call, null for
  // count(*). `weights` may be null.
  Status Update(const std::vector<const arrow::Array*>& arguments, const uint32_t* groups,
                const int8_t* weights, int64_t rows);

  // Adds group from[i] of `other`, whose accumulators were made for the same calls, to group to[i].
  Status Merge(const GroupStore& other, const std::vector<uint32_t>& from,
               const std::vector<uint32_t>& to);

  // Says that a group differs from what was saved last.
  void MarkChanged(uint32_t group) { changed_.Add(group); }

  // Number of rows in a group.
  int64_t rows(uint32_t group) const { return rows_[group]; }
  std::string_view key(uint32_t group) const { return keys_.key(group); }
  bool live(uint32_t group) const { return keys_.live(group); }
  // Every group is less than this.
  uint32_t groups_end() const { return keys_.index_end(); }

  // Returns one array a call with the results of `groups`.
  Result<std::vector<std::shared_ptr<arrow::Array>>> Values(const std::vector<uint32_t>& groups);

  // Forgets a group.
  void Drop(uint32_t group);

  void SaveChanges(StateBlock* block);
  // Whether `key` is that of an entry that SaveChanges() wrote.
  static bool OwnsEntry(std::string_view key);
  Status Restore(std::string_view key, std::optional<std::string_view> value);

  StateSize size() const;

 private:
  uint32_t Insert(std::string_view key);
  void SaveGroup(uint32_t group, StateBlock* block);
  void SaveValues(uint32_t group, StateBlock* block);
  Status RestoreGroup(std::string_view key, std::optional<std::string_view> value);
  Status RestoreValue(std::string_view entry, std::optional<std::string_view> value);
  void Clear(uint32_t group, StateBlock* block);

  std::vector<std::unique_ptr<Accumulator>> accumulators_;
  KeyTable keys_;
  std::vector<int64_t> rows_;  // by group
  ChangedSet changed_;
  StateBlock dropped_;  // since the last save
};

}  // namespace headrace::engine
