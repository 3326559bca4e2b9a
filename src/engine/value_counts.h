// How often each value is in a group, and which of them changed since the last checkpoint. The
// container is a std::map where the order of the values matters and a std::unordered_map where it
// doesn't; values are encoded as byte strings.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace headrace::engine {

struct CountedValue {
  int64_t count = 0;
  bool changed = false;
};

template <typename Container>
class ValueCounts {
 public:
  // Adds `weight` to the count of `value` and returns the count before.
  int64_t Add(const std::string& value, int8_t weight) {
    auto [found, inserted] = values_.try_emplace(value);
    CountedValue& counted = found->second;
    const int64_t before = counted.count;
    counted.count += weight;
    if (!counted.changed) {
      counted.changed = true;
      changed_.push_back(value);
    }
    if (counted.count == 0) values_.erase(found);
    return before;
  }

  void Set(std::string_view value, int64_t count) {
    if (count == 0) {
      values_.erase(std::string(value));
    } else {
      values_[std::string(value)] = {count, false};
    }
  }

  // Calls visit(value, count) for what changed since the last call, count 0: no longer there.
  template <typename Visit>
  void TakeChanged(const Visit& visit) {
    for (const std::string& value : changed_) {
      const auto found = values_.find(value);
      if (found == values_.end()) {
        visit(value, 0);
      } else if (found->second.changed) {
        found->second.changed = false;
        visit(value, found->second.count);
      }
    }
    changed_.clear();
    changed_.shrink_to_fit();
  }

  // Empties it; what was there counts as changed.
  void Clear() {
    for (const auto& [value, counted] : values_) {
      if (!counted.changed) changed_.push_back(value);
    }
    values_.clear();
  }

  const Container& values() const { return values_; }

 private:
  Container values_;
  std::vector<std::string> changed_;
};

using OrderedCounts = ValueCounts<std::map<std::string, CountedValue>>;

}  // namespace headrace::engine
