// A ByteIndex numbers distinct byte strings 0, 1, 2, ... in the order in which they come. A hash
// table with linear probing over one arena: no allocation a string. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace::sink {

class ByteIndex {
 public:
  int64_t size() const { return static_cast<int64_t>(entries_.size()); }

  // Returns the number of `bytes`; a new one, size() before the call, where they weren't seen yet.
  int64_t Find(std::string_view bytes) {
    if (entries_.size() * 2 >= slots_.size()) Grow();
    const size_t hash = std::hash<std::string_view>()(bytes);
    size_t slot = hash & (slots_.size() - 1);
    while (slots_[slot] >= 0) {
      const Entry& entry = entries_[slots_[slot]];
      if (entry.hash == hash && BytesOf(entry) == bytes) return slots_[slot];
      slot = (slot + 1) & (slots_.size() - 1);
    }
    slots_[slot] = size();
    entries_.push_back({hash, arena_.size(), bytes.size()});
    arena_ += bytes;
    return slots_[slot];
  }

 private:
  struct Entry {
    size_t hash;
    size_t offset;  // in arena_
    size_t size;
  };

  std::string_view BytesOf(const Entry& entry) const {
    return std::string_view(arena_).substr(entry.offset, entry.size);
  }

  void Grow() {
    slots_.assign(slots_.empty() ? 64 : slots_.size() * 2, -1);
    for (size_t i = 0; i < entries_.size(); ++i) {
      size_t slot = entries_[i].hash & (slots_.size() - 1);
      while (slots_[slot] >= 0) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = static_cast<int64_t>(i);
    }
  }

  std::string arena_;
  std::vector<Entry> entries_;
  std::vector<int64_t> slots_;  // a power of two, at most half full; -1: empty
};

}  // namespace headrace::sink
