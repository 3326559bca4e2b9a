// A KeyTable gives each of a changing set of keys (byte strings) a small number, its index, under
// which an operator keeps what belongs to the key in arrays of its own. The index of an erased key
// is given to a later one.
//
// Open addressing with linear probing over 64-bit xxHash values; the bytes of keys lie packed in
// chunks. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headrace::engine {

// Keys packed behind each other: that of row i ends at ends[i] and begins where the one before
// ends.
struct PackedKeys {
  std::string bytes;
  std::vector<uint32_t> ends;

  int64_t size() const { return static_cast<int64_t>(ends.size()); }
  std::string_view operator[](int64_t i) const {
    const uint32_t begin = i == 0 ? 0 : ends[i - 1];
    return std::string_view(bytes).substr(begin, ends[i] - begin);
  }
  // Ends the key whose bytes were appended to `bytes`.
  void EndKey() { ends.push_back(static_cast<uint32_t>(bytes.size())); }
  void clear() {
    bytes.clear();
    ends.clear();
  }
};

class KeyTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  KeyTable();

  // Returns the index of `key`, or kNone.
  uint32_t Find(std::string_view key) const;

  // Returns the index of `key`, which is added where it is missing; `inserted` says which.
  uint32_t Insert(std::string_view key, bool* inserted);

  // Inserts all keys: indexes[i] is that of keys[i]. Those that were missing are appended to
  // `inserted`.
  void InsertAll(const PackedKeys& keys, uint32_t* indexes, std::vector<uint32_t>* inserted);

  void Erase(uint32_t index);

  bool live(uint32_t index) const { return entries_[index].data != nullptr; }
  // The bytes are valid until the next Erase().
  std::string_view key(uint32_t index) const {
    return {entries_[index].data, entries_[index].size};
  }
  // Number of keys; every index is less than index_end().
  uint32_t size() const { return size_; }
  uint32_t index_end() const { return static_cast<uint32_t>(entries_.size()); }
  int64_t memory_bytes() const;

 private:
  struct Entry {
    const char* data = nullptr;  // null: not in use
    uint32_t size = 0;
    uint32_t hash = 0;
  };
  struct Slot {
    uint32_t index = kNone;
    uint32_t hash = 0;
  };

  uint32_t InsertHashed(std::string_view key, uint32_t hash, bool* inserted);
  uint32_t AddEntry(std::string_view key, uint32_t hash);
  const char* Store(std::string_view key);
  void Grow();
  void Compact();

  std::vector<Slot> slots_;  // a power of two, at most half of them in use
  uint64_t mask_ = 0;
  std::vector<Entry> entries_;
  std::vector<uint32_t> free_;
  uint32_t size_ = 0;
  std::vector<std::unique_ptr<char[]>> chunks_;
  size_t chunk_left_ = 0;
  char* chunk_next_ = nullptr;
  int64_t stored_bytes_ = 0;
  int64_t garbage_bytes_ = 0;
  std::vector<uint32_t> hashes_;  // of InsertAll
};

}  // namespace headrace::engine
