#include "engine/checkpoint_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

namespace headrace::engine {
namespace {

class CheckpointStoreTest : public ::testing::Test {
 protected:
  CheckpointStoreTest()
      : folder_(::testing::TempDir() + "checkpoint_store_test/" +
                ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(folder_);
  }
  ~CheckpointStoreTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<CheckpointStore> Open() {
    auto store = CheckpointStore::Open(folder_);
    EXPECT_TRUE(store.ok()) << store.status().ToString();
    return store.ok() ? std::move(*store) : nullptr;
  }

  static EpochPlan Plan(int64_t number) {
    return {number, 1000 + number, {{"feed", 0, 10 * (number - 1), 10 * number}}};
  }

  static StateBlock Block(const std::string& key, const std::string& value) {
    StateBlock block;
    block.Put(key, value);
    return block;
  }

  static std::map<std::string, std::string> State(CheckpointStore& store, const std::string& id) {
    std::map<std::string, std::string> state;
    EXPECT_TRUE(store
                    .VisitState(id,
                                [&](std::string_view block) {
                                  return VisitStateBlock(
                                      block, [&](std::string_view key,
                                                 std::optional<std::string_view> value) {
                                        if (value.has_value()) {
                                          state[std::string(key)] = *value;
                                        } else {
                                          state.erase(std::string(key));
                                        }
                                        return Status::OK();
                                      });
                                })
                    .ok());
    return state;
  }

  const std::string folder_;
};

TEST_F(CheckpointStoreTest, KeepsPlanCheckpointAndState) {
  {
    auto store = Open();
    EXPECT_FALSE(store->planned().has_value());
    EXPECT_EQ(store->completed_epoch(), 0);
    ASSERT_TRUE(store->StorePlan(Plan(1)).ok());
    ASSERT_TRUE(store->StoreCheckpoint(Plan(1), {{"v/op", "print", Block("a", "1")}}).ok());
    ASSERT_TRUE(store->StorePlan(Plan(2)).ok());
  }
  auto store = Open();
  EXPECT_EQ(store->planned()->number, 2);
  EXPECT_EQ(store->planned()->clock_us, 1002);
  EXPECT_EQ(store->planned()->ranges[0].begin, 10);
  EXPECT_EQ(store->completed_epoch(), 1);
  EXPECT_EQ(store->offsets(), (Offsets{{{"feed", 0}, 10}}));
  EXPECT_EQ(store->fingerprints(), (std::map<std::string, std::string>{{"v/op", "print"}}));
  EXPECT_EQ(State(*store, "v/op"), (std::map<std::string, std::string>{{"a", "1"}}));
  EXPECT_TRUE(State(*store, "v/o").empty());
}

TEST_F(CheckpointStoreTest, FoldsBlocksInTheBackground) {
  std::map<std::string, std::string> expected;
  {
    auto store = Open();
    for (int64_t epoch = 1; epoch <= 200; ++epoch) {
      const std::string key = std::to_string(epoch % 7);
      ASSERT_TRUE(
          store->StoreCheckpoint(Plan(epoch), {{"v/op", "p", Block(key, std::to_string(epoch))}})
              .ok());
      expected[key] = std::to_string(epoch);
    }
    ASSERT_TRUE(store->FinishFolding().ok());
    EXPECT_EQ(State(*store, "v/op"), expected);
  }
  auto store = Open();
  EXPECT_EQ(State(*store, "v/op"), expected);
  int blocks = 0;
  ASSERT_TRUE(store
                  ->VisitState("v/op",
                               [&](std::string_view) {
                                 ++blocks;
                                 return Status::OK();
                               })
                  .ok());
  EXPECT_LT(blocks, 60);
}

TEST_F(CheckpointStoreTest, StateThatIsAllGoneFoldsToNothing) {
  auto store = Open();
  StateBlock gone;
  gone.Delete("a");
  for (int64_t epoch = 1; epoch <= 100; ++epoch) {
    ASSERT_TRUE(
        store
            ->StoreCheckpoint(Plan(epoch), {{"v/op", "p", epoch % 2 == 1 ? Block("a", "1") : gone}})
            .ok());
  }
  ASSERT_TRUE(store->FinishFolding().ok());
  EXPECT_TRUE(State(*store, "v/op").empty());
}

TEST_F(CheckpointStoreTest, ABlockMayBeLargerThanAPart) {
  const std::string value(9 << 20, 'x');
  {
    auto store = Open();
    ASSERT_TRUE(store->StoreCheckpoint(Plan(1), {{"v/op", "p", Block("a", value)}}).ok());
  }
  auto store = Open();
  EXPECT_EQ(State(*store, "v/op").at("a").size(), value.size());
}

TEST_F(CheckpointStoreTest, ResetKeepsTheNumberOnly) {
  {
    auto store = Open();
    ASSERT_TRUE(store->StoreCheckpoint(Plan(1), {{"v/op", "p", Block("a", "1")}}).ok());
    ASSERT_TRUE(store->StorePlan(Plan(2)).ok());
    ASSERT_TRUE(store->Reset().ok());
  }
  auto store = Open();
  EXPECT_FALSE(store->planned().has_value());
  EXPECT_EQ(store->completed_epoch(), 2);
  EXPECT_TRUE(store->offsets().empty());
  EXPECT_TRUE(store->fingerprints().empty());
  EXPECT_TRUE(State(*store, "v/op").empty());
}

TEST_F(CheckpointStoreTest, RefusesASecondOwner) {
  auto store = Open();
  const auto second = CheckpointStore::Open(folder_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(KindOf(second.status()), ErrorKind::kUser);
}

}  // namespace
}  // namespace headrace::engine
