// The rows of one side of a join: each different row once, with its multiplicity, in a list of
// those of its key, and by time where the watermark ends them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "engine/changed_set.h"
#include "engine/key_table.h"
#include "engine/operator.h"
#include "engine/state_block.h"

namespace headrace::engine {

// Used by one thread at a time.
class JoinSide {
 public:
  static constexpr uint32_t kNone = KeyTable::kNone;

  struct Row {
    int64_t weight = 0;   // how often the row is there
    int64_t matches = 0;  // weights of the rows of the other side that match it
    int64_t emitted = 0;  // how often it is in the result by itself: beside nulls, or semi-joined
    int64_t time_us = 0;
    uint32_t key = kNone;
    uint32_t next = kNone;  // of the same key
    uint32_t previous = kNone;
    bool saved = false;  // a checkpoint has it
  };

  // `tag` tells the entries of this side in a state block from those of the other one. Rows are
  // kept by time in steps of `step_us`; 0: they aren't.
  JoinSide(char tag, int64_t step_us) : tag_(tag), step_us_(step_us) {}

  // The rows of a key, as a list.
  uint32_t first(uint32_t key) const { return key < first_.size() ? first_[key] : kNone; }
  Row& row(uint32_t index) { return rows_[index]; }
  const Row& row(uint32_t index) const { return rows_[index]; }
  bool live(uint32_t index) const { return table_.live(index); }
  std::string_view bytes(uint32_t index) const { return table_.key(index); }
  uint32_t index_end() const { return table_.index_end(); }

  // Returns the indexes of rows, of which rows[i] has the key keys[i] and the time times_us[i]
  // (empty: no times). New ones have the multiplicity 0.
  void Insert(const PackedKeys& rows, const std::vector<uint32_t>& keys,
              const std::vector<int64_t>& times_us, std::vector<uint32_t>* indexes);

  void MarkChanged(uint32_t index) { changed_.Add(index); }

  // Removes a row; returns whether it was the last one of its key.
  bool Erase(uint32_t index);

  // Appends the rows with a time before `end_us` to `out`, some of them twice. They are to be
  // erased.
  void TakeBefore(int64_t end_us, std::vector<uint32_t>* out);

  // Entries: the tag and the bytes of the row; the value has its numbers and the bytes of its key.
  void SaveChanges(const KeyTable& keys, StateBlock* block);
  bool OwnsEntry(std::string_view key) const { return !key.empty() && key[0] == tag_; }
  Status Restore(std::string_view entry, std::optional<std::string_view> value, KeyTable* keys);

  StateSize size() const;

 private:
  void Link(uint32_t index, uint32_t key);
  void AddTime(uint32_t index);
  int64_t StepOf(int64_t time_us) const;

  const char tag_;
  const int64_t step_us_;
  KeyTable table_;
  std::vector<Row> rows_;        // by index in table_
  std::vector<uint32_t> first_;  // by key
  // Rows by step. A row that is gone may still be in it, and its index stand for another.
  std::map<int64_t, std::vector<uint32_t>> by_time_;
  std::vector<uint32_t>* last_step_ = nullptr;
  int64_t last_step_number_ = 0;
  ChangedSet changed_;
  StateBlock erased_;
  std::vector<uint32_t> inserted_;
  std::string entry_;
};

}  // namespace headrace::engine
