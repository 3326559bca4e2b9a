#include "engine/state_block.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "engine/block_catalog.h"

namespace headrace::engine {
namespace {

std::map<std::string, std::string> Contents(std::string_view bytes) {
  std::map<std::string, std::string> contents;
  EXPECT_TRUE(
      VisitStateBlock(bytes, [&](std::string_view key, std::optional<std::string_view> value) {
        contents[std::string(key)] = value.has_value() ? std::string(*value) : "(gone)";
        return Status::OK();
      }).ok());
  return contents;
}

TEST(StateBlockTest, FoldsToTheLastValueOfEachKey) {
  StateBlock first;
  first.Put("a", "1");
  first.Put("b", "");
  first.Put("c", "3");
  StateBlock second;
  second.Delete("a");
  second.Put("c", "4");
  second.Delete("never");
  const std::vector<std::string> blocks{first.bytes(), second.bytes()};
  const auto whole = FoldStateBlocks(blocks, true);
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(Contents(whole->bytes()), (std::map<std::string, std::string>{{"b", ""}, {"c", "4"}}));
  // Where older blocks stay, what is gone must be said.
  const auto part = FoldStateBlocks(blocks, false);
  ASSERT_TRUE(part.ok());
  EXPECT_EQ(Contents(part->bytes()),
            (std::map<std::string, std::string>{
                {"a", "(gone)"}, {"b", ""}, {"c", "4"}, {"never", "(gone)"}}));
}

TEST(StateBlockTest, RefusesBytesThatAreCutShort) {
  StateBlock block;
  block.Put("key", "value");
  for (size_t size = 1; size < block.bytes().size(); ++size) {
    EXPECT_FALSE(VisitStateBlock(std::string_view(block.bytes()).substr(0, size), [](auto, auto) {
                   return Status::OK();
                 }).ok());
  }
}

TEST(BlockCatalogTest, FoldsSmallBlocksAndLeavesALargeOne) {
  BlockCatalog catalog;
  catalog.Add("op", {1, 1'000'000});
  int64_t epoch = 2;
  while (!catalog.NextTask().has_value()) catalog.Add("op", {epoch++, 10});
  const FoldTask task = *catalog.NextTask();
  EXPECT_EQ(task.blocks.front().epoch, 2);
  EXPECT_EQ(task.blocks.back().epoch, epoch - 1);
  EXPECT_FALSE(task.from_first);
  catalog.Replace(task, 300);
  EXPECT_FALSE(catalog.NextTask().has_value());
}

// However long it runs, the blocks of an operator stay few and each byte is written few times.
TEST(BlockCatalogTest, WritesEachByteFewTimes) {
  BlockCatalog catalog;
  constexpr int64_t kEpochs = 100'000;
  int64_t folded_bytes = 0;
  for (int64_t epoch = 1; epoch <= kEpochs; ++epoch) {
    catalog.Add("op", {epoch, 1});
    while (const auto task = catalog.NextTask()) {
      int64_t bytes = 0;
      for (const StoredBlock& block : task->blocks) bytes += block.bytes;
      folded_bytes += bytes;
      catalog.Replace(*task, bytes);
    }
  }
  EXPECT_LT(folded_bytes, 20 * kEpochs);
}

TEST(BlockCatalogTest, JoinsThePartsOfABlock) {
  BlockCatalog catalog;
  catalog.Add("op", {1, 10});
  catalog.Add("op", {1, 20});
  for (int64_t epoch = 2; !catalog.NextTask().has_value(); ++epoch) catalog.Add("op", {epoch, 50});
  EXPECT_EQ(catalog.NextTask()->blocks.front().bytes, 30);
}

}  // namespace
}  // namespace headrace::engine
