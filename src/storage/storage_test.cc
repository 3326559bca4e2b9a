#include "storage/storage.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <utime.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/test_folder.h"
#include "storage/faulty_storage.h"
#include "storage/storage_contract.h"

namespace headrace::storage {
namespace {

using ::testing::ElementsAre;

std::shared_ptr<Storage> EmptyLocalStorage() {
  static std::unique_ptr<TestFolder> folder;
  folder = std::make_unique<TestFolder>();
  return OpenLocalStorage(folder->path("deep/root/"));
}

INSTANTIATE_TEST_SUITE_P(Local, StorageContract, ::testing::Values(&EmptyLocalStorage));
INSTANTIATE_TEST_SUITE_P(Local, StorageRace, ::testing::Values(&EmptyLocalStorage));

class StorageTest : public ::testing::Test {
 protected:
  const std::shared_ptr<Storage> storage_ = EmptyLocalStorage();
};

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

TEST_F(StorageTest, ListsWhileFoldersComeAndGo) {
  ASSERT_TRUE(storage_->Put("a/stays", "1").ok());
  std::jthread other([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      EXPECT_TRUE(storage_->Put("a/b/c/d", "1").ok());
      EXPECT_TRUE(storage_->Delete("a/b/c/d").ok());
    }
  });
  for (int i = 0; i < 3000; ++i) {
    const auto objects = storage_->List("");
    ASSERT_TRUE(objects.ok()) << objects.status();
    ASSERT_EQ(objects->back().name, "a/stays");
  }
}

TEST_F(StorageTest, WritersAndDeletersOfAFolderDontDisturbEachOther) {
  const auto put_and_delete = [this](const std::string& name) {
    for (int i = 0; i < 2000; ++i) {
      const Status put = storage_->PutIfAbsent(name, "1");
      ASSERT_TRUE(put.ok()) << put;
      const Status deleted = storage_->Delete(name);
      ASSERT_TRUE(deleted.ok()) << deleted;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (const char* name : {"a/b/c/1", "a/b/c/2", "a/b/3", "a/b/d/4"})
      threads.emplace_back(put_and_delete, name);
  }
  EXPECT_THAT(Names(*storage_, ""), ElementsAre());
}

TEST_F(StorageTest, HidesAndRemovesWhatACrashLeft) {
  ASSERT_TRUE(storage_->Put("a/b", "1").ok());
  const std::string fresh = storage_->root() + "/a/.tmp-1-1";
  const std::string stale = storage_->root() + "/a/.tmp-1-2";
  std::ofstream(fresh) << "half";
  std::ofstream(stale) << "half";
  const struct utimbuf long_ago = {1000, 1000};
  ASSERT_EQ(::utime(stale.c_str(), &long_ago), 0);
  EXPECT_THAT(Names(*storage_, ""), ElementsAre("a/b:1"));
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
  EXPECT_THAT(Names(*storage_, ""), ElementsAre("a:1"));

  FaultyStorage not_heard(storage_, 0, FaultMode::kDoneButNotHeard);
  EXPECT_FALSE(not_heard.PutIfAbsent("c", "1").ok());
  EXPECT_FALSE(not_heard.PutIfAbsent("d", "1").ok());
  EXPECT_THAT(Names(*storage_, ""), ElementsAre("a:1", "c:1"));
}

}  // namespace
}  // namespace headrace::storage
