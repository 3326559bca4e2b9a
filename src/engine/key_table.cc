#include "engine/key_table.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cassert>
#include <cstring>

namespace headrace::engine {
namespace {

constexpr size_t kFirstSlots = 1024;
constexpr size_t kChunkBytes = 1 << 18;
constexpr int64_t kGarbageBytesMin = 1 << 20;
// How far ahead of the probe InsertAll() fetches slots into the cache; entries and key bytes
// follow.
constexpr int64_t kPrefetchDistance = 24;

uint32_t HashOf(std::string_view key) {
  return static_cast<uint32_t>(XXH3_64bits(key.data(), key.size()));
}

}  // namespace

KeyTable::KeyTable() : slots_(kFirstSlots), mask_(kFirstSlots - 1) {}

uint32_t KeyTable::Find(std::string_view key) const {
  const uint32_t hash = HashOf(key);
  for (uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
    const Slot& slot = slots_[at];
    if (slot.index == kNone) return kNone;
    if (slot.hash == hash && this->key(slot.index) == key) return slot.index;
  }
}

uint32_t KeyTable::Insert(std::string_view key, bool* inserted) {
  return InsertHashed(key, HashOf(key), inserted);
}

uint32_t KeyTable::InsertHashed(std::string_view key, uint32_t hash, bool* inserted) {
  if (2 * (static_cast<size_t>(size_) + 1) > slots_.size()) Grow();
  uint64_t at = hash & mask_;
  for (; slots_[at].index != kNone; at = (at + 1) & mask_) {
    if (slots_[at].hash == hash && this->key(slots_[at].index) == key) {
      *inserted = false;
      return slots_[at].index;
    }
  }
  *inserted = true;
  const uint32_t index = AddEntry(key, hash);
  slots_[at] = {index, hash};
  ++size_;
  return index;
}

void KeyTable::InsertAll(const PackedKeys& keys, uint32_t* indexes,
                         std::vector<uint32_t>* inserted) {
  const int64_t rows = keys.size();
  hashes_.resize(rows);
  for (int64_t i = 0; i < rows; ++i) hashes_[i] = HashOf(keys[i]);
  for (int64_t i = 0; i < rows; ++i) {
    if (i + kPrefetchDistance < rows) {
      __builtin_prefetch(&slots_[hashes_[i + kPrefetchDistance] & mask_]);
    }
    if (i + kPrefetchDistance * 2 / 3 < rows) {
      const Slot& soon = slots_[hashes_[i + kPrefetchDistance * 2 / 3] & mask_];
      if (soon.index != kNone) __builtin_prefetch(&entries_[soon.index]);
    }
    if (i + kPrefetchDistance / 3 < rows) {
      const Slot& next = slots_[hashes_[i + kPrefetchDistance / 3] & mask_];
      if (next.index != kNone) __builtin_prefetch(entries_[next.index].data);
    }
    bool added = false;
    indexes[i] = InsertHashed(keys[i], hashes_[i], &added);
    if (added) inserted->push_back(indexes[i]);
  }
}

uint32_t KeyTable::AddEntry(std::string_view key, uint32_t hash) {
  const Entry entry{Store(key), static_cast<uint32_t>(key.size()), hash};
  if (!free_.empty()) {
    const uint32_t index = free_.back();
    free_.pop_back();
    entries_[index] = entry;
    return index;
  }
  assert(entries_.size() < kNone);
  entries_.push_back(entry);
  return static_cast<uint32_t>(entries_.size() - 1);
}

const char* KeyTable::Store(std::string_view key) {
  // An empty key still needs an address that is not null.
  const size_t needed = std::max<size_t>(key.size(), 1);
  if (needed > chunk_left_) {
    const size_t size = std::max(needed, kChunkBytes);
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    chunk_next_ = chunks_.back().get();
    chunk_left_ = size;
  }
  char* stored = chunk_next_;
  if (!key.empty()) std::memcpy(stored, key.data(), key.size());
  chunk_next_ += needed;
  chunk_left_ -= needed;
  stored_bytes_ += static_cast<int64_t>(needed);
  return stored;
}

void KeyTable::Erase(uint32_t index) {
  assert(live(index));
  uint64_t hole = entries_[index].hash & mask_;
  while (slots_[hole].index != index) hole = (hole + 1) & mask_;
  // Moves later entries of the run into the hole where their probe passes it.
  for (uint64_t at = (hole + 1) & mask_; slots_[at].index != kNone; at = (at + 1) & mask_) {
    const uint64_t home = slots_[at].hash & mask_;
    if (((at - home) & mask_) < ((at - hole) & mask_)) continue;
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole] = {};
  garbage_bytes_ += std::max<int64_t>(entries_[index].size, 1);
  entries_[index] = {};
  free_.push_back(index);
  --size_;
  if (garbage_bytes_ > kGarbageBytesMin && garbage_bytes_ > stored_bytes_ / 2) Compact();
}

void KeyTable::Grow() {
  std::vector<Slot> larger(slots_.size() * 2);
  mask_ = larger.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.index == kNone) continue;
    uint64_t at = slot.hash & mask_;
    while (larger[at].index != kNone) at = (at + 1) & mask_;
    larger[at] = slot;
  }
  slots_ = std::move(larger);
}

void KeyTable::Compact() {
  const std::vector<std::unique_ptr<char[]>> old = std::move(chunks_);
  chunks_.clear();
  chunk_left_ = 0;
  stored_bytes_ = 0;
  garbage_bytes_ = 0;
  for (Entry& entry : entries_) {
    if (entry.data != nullptr) entry.data = Store({entry.data, entry.size});
  }
}

int64_t KeyTable::memory_bytes() const {
  return static_cast<int64_t>(slots_.size() * sizeof(Slot) + entries_.size() * sizeof(Entry)) +
         stored_bytes_;
}

}  // namespace headrace::engine
