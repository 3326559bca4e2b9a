#include "storage/storage.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <utime.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "storage/faulty_storage.h"

namespace headrace::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StorageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("headrace_storage_test." + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    storage_ = OpenLocalStorage(folder_.string() + "/deep/root/");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::vector<std::string> Names(const std::string& prefix) {
    std::vector<std::string> names;
    for (const ObjectInfo& object : storage_->List(prefix).ValueOrDie())
      names.push_back(object.name + ":" + std::to_string(object.size));
    return names;
  }

  std::filesystem::path folder_;
  std::shared_ptr<Storage> storage_;
};

TEST_F(StorageTest, KeepsObjects) {
  EXPECT_THAT(Names(""), IsEmpty());
  EXPECT_TRUE(storage_->Get("a").status().IsKeyError());
  ASSERT_TRUE(storage_->Put("a/b/c", "one").ok());
  ASSERT_TRUE(storage_->Put("a/b/c", "three").ok());
  ASSERT_TRUE(storage_->Put("a.txt", std::string(3'000'000, 'x')).ok());
  ASSERT_TRUE(storage_->Put("a/d", "").ok());
  EXPECT_EQ(storage_->Get("a/b/c").ValueOrDie(), "three");
  EXPECT_EQ(storage_->GetRange("a/b/c", 1, 3).ValueOrDie(), "hre");
  EXPECT_EQ(storage_->GetRange("a/b/c", 3, 99).ValueOrDie(), "ee");
  EXPECT_EQ(storage_->GetRange("a/b/c", 9, 99).ValueOrDie(), "");
  EXPECT_THAT(Names(""), ElementsAre("a.txt:3000000", "a/b/c:5", "a/d:0"));
  EXPECT_THAT(Names("a"), ElementsAre("a/b/c:5", "a/d:0"));
  EXPECT_THAT(Names("a/x"), IsEmpty());
  EXPECT_THAT(Names("a.txt"), IsEmpty());
}

TEST_F(StorageTest, PutIfAbsentNeverReplaces) {
  ASSERT_TRUE(storage_->PutIfAbsent("a/b", "one").ok());
  EXPECT_TRUE(storage_->PutIfAbsent("a/b", "two").IsAlreadyExists());
  EXPECT_EQ(storage_->Get("a/b").ValueOrDie(), "one");
}

TEST_F(StorageTest, OneOfManyWritersWins) {
  std::atomic<int> winners{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 20; ++n)
        winners += storage_->PutIfAbsent("t/" + std::to_string(n), std::to_string(i)).ok();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(winners, 20);
  EXPECT_EQ(Names("t").size(), 20u);
}

TEST_F(StorageTest, DeleteLeavesNoEmptyFolders) {
  ASSERT_TRUE(storage_->Put("a/b/c", "1").ok());
  ASSERT_TRUE(storage_->Put("a/d", "1").ok());
  ASSERT_TRUE(storage_->Delete("a/b/c").ok());
  ASSERT_TRUE(storage_->Delete("a/b/c").ok());
  ASSERT_TRUE(storage_->Delete("a/d/x").ok());
  EXPECT_FALSE(std::filesystem::exists(storage_->root() + "/a/b"));
  EXPECT_TRUE(std::filesystem::exists(storage_->root() + "/a/d"));
  ASSERT_TRUE(storage_->Delete("a/d").ok());
  EXPECT_TRUE(std::filesystem::exists(storage_->root()));
  EXPECT_FALSE(std::filesystem::exists(storage_->root() + "/a"));
}

TEST_F(StorageTest, RefusesNamesThatLeaveTheRoot) {
  const std::string long_part(256, 'x');
  for (const std::string& name :
       {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"),
        std::string("../a"), std::string("a/.."), std::string("."), std::string("a\0b", 3),
        long_part, std::string(1025, 'x')}) {
    EXPECT_TRUE(storage_->Put(name, "x").IsInvalid()) << name;
    EXPECT_TRUE(storage_->Get(name).status().IsInvalid()) << name;
    EXPECT_TRUE(storage_->Delete(name).IsInvalid()) << name;
  }
}

TEST_F(StorageTest, HidesAndRemovesWhatACrashLeft) {
  ASSERT_TRUE(storage_->Put("a/b", "1").ok());
  const std::string fresh = storage_->root() + "/a/.tmp-1-1";
  const std::string stale = storage_->root() + "/a/.tmp-1-2";
  std::ofstream(fresh) << "half";
  std::ofstream(stale) << "half";
  const struct utimbuf long_ago = {1000, 1000};
  ASSERT_EQ(::utime(stale.c_str(), &long_ago), 0);
  EXPECT_THAT(Names(""), ElementsAre("a/b:1"));
  EXPECT_TRUE(std::filesystem::exists(fresh));
  EXPECT_FALSE(std::filesystem::exists(stale));
}

TEST_F(StorageTest, SaysWhatTheDiskRefused) {
  ASSERT_TRUE(storage_->Put("a", "1").ok());
  const Status status = storage_->Put("a/b", "1");
  EXPECT_TRUE(status.IsIOError());
  EXPECT_THAT(status.message(), ::testing::HasSubstr("deep/root/a"));
  EXPECT_EQ(KindOf(status), ErrorKind::kFatal);
}

TEST_F(StorageTest, FaultyStorageDiesAtTheChosenOperation) {
  FaultyStorage not_done(storage_, 1, FaultMode::kNotDone);
  EXPECT_TRUE(not_done.Put("a", "1").ok());
  EXPECT_EQ(not_done.Get("a").ValueOrDie(), "1");
  EXPECT_FALSE(not_done.failed());
  EXPECT_FALSE(not_done.Put("b", "1").ok());
  EXPECT_TRUE(not_done.failed());
  EXPECT_FALSE(not_done.Get("a").ok());
  EXPECT_FALSE(not_done.Delete("a").ok());
  EXPECT_THAT(Names(""), ElementsAre("a:1"));

  FaultyStorage not_heard(storage_, 0, FaultMode::kDoneButNotHeard);
  EXPECT_FALSE(not_heard.PutIfAbsent("c", "1").ok());
  EXPECT_FALSE(not_heard.PutIfAbsent("d", "1").ok());
  EXPECT_THAT(Names(""), ElementsAre("a:1", "c:1"));
}

}  // namespace
}  // namespace headrace::storage
