// Which indexes of a KeyTable changed since the last checkpoint, each once.
#pragma once

#include <cstdint>
#include <vector>

namespace headrace::engine {

class ChangedSet {
 public:
  void Add(uint32_t index) {
    if (index >= marks_.size()) marks_.resize(index + index / 2 + 64);
    if (marks_[index]) return;
    marks_[index] = 1;
    indexes_.push_back(index);
  }

  // Calls `visit` for each and empties the set.
  template <typename Visit>
  void Take(Visit visit) {
    for (const uint32_t index : indexes_) {
      marks_[index] = 0;
      visit(index);
    }
    indexes_.clear();
  }

 private:
  std::vector<uint8_t> marks_;
  std::vector<uint32_t> indexes_;
};

}  // namespace headrace::engine
