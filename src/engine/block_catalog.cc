#include "engine/block_catalog.h"

#include <algorithm>

namespace headrace::engine {
namespace {

constexpr size_t kBlocksMax = 32;

}  // namespace

void BlockCatalog::Add(const std::string& id, StoredBlock block) {
  std::vector<StoredBlock>& blocks = blocks_[id];
  if (!blocks.empty() && blocks.back().epoch == block.epoch) {
    blocks.back().bytes += block.bytes;
  } else {
    blocks.push_back(block);
  }
}

int64_t BlockCatalog::Bytes(const std::string& id) const {
  const auto blocks = blocks_.find(id);
  if (blocks == blocks_.end()) return 0;
  int64_t bytes = 0;
  for (const StoredBlock& block : blocks->second) bytes += block.bytes;
  return bytes;
}

std::optional<FoldTask> BlockCatalog::NextTask() const {
  for (const auto& [id, blocks] : blocks_) {
    if (blocks.size() <= kBlocksMax) continue;
    size_t first = blocks.size() - 1;
    int64_t bytes = blocks[first].bytes;
    // At least a half of what may be kept goes, so that folding does not start again at once.
    while (first > 0 &&
           (blocks[first - 1].bytes <= 2 * bytes || blocks.size() - first < kBlocksMax / 2)) {
      bytes += blocks[--first].bytes;
    }
    return FoldTask{id, {blocks.begin() + static_cast<int64_t>(first), blocks.end()}, first == 0};
  }
  return std::nullopt;
}

void BlockCatalog::Replace(const FoldTask& task, int64_t bytes) {
  std::vector<StoredBlock>& blocks = blocks_[task.id];
  const int64_t last_epoch = task.blocks.back().epoch;
  const auto first = std::find_if(blocks.begin(), blocks.end(), [&](const StoredBlock& block) {
    return block.epoch == task.blocks.front().epoch;
  });
  const auto end = std::find_if(blocks.begin(), blocks.end(),
                                [&](const StoredBlock& block) { return block.epoch > last_epoch; });
  *first = {last_epoch, bytes};
  blocks.erase(first + 1, end);
}

}  // namespace headrace::engine
