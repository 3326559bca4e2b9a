// Which blocks of state there are, and which of them are worth folding into one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace headrace::engine {

// A block as it was written: the epoch that it ends with, in one or more parts.
struct StoredBlock {
  int64_t epoch = 0;
  int64_t bytes = 0;
};

// The blocks of one operator from `first` to the newest that should become one.
struct FoldTask {
  std::string id;
  std::vector<StoredBlock> blocks;
  bool from_first = false;  // the oldest block of the operator is among them
};

class BlockCatalog {
 public:
  // Adds the newest block of an operator, or another part of it.
  void Add(const std::string& id, StoredBlock block);
  void Clear() { blocks_.clear(); }
  // Of all blocks of an operator.
  int64_t Bytes(const std::string& id) const;

  // Returns the next worthwhile task: an operator with many blocks, the newest of which are taken
  // together with all before them that are not much larger than what follows.
  std::optional<FoldTask> NextTask() const;

  // Says that the blocks of `task` have become one of `bytes`.
  void Replace(const FoldTask& task, int64_t bytes);

 private:
  std::map<std::string, std::vector<StoredBlock>> blocks_;
};

}  // namespace headrace::engine
