// What is wrong on the disk is an error that says where, never a wrong record.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "log/log.h"
#include "log/log_database.h"
#include "log/log_keys.h"

namespace headrace::log {
namespace {

using ::testing::HasSubstr;

class CorruptionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "headrace_corruption_" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    auto log = OpenLocalLog(folder_, OpenMode::kReadWrite).ValueOrDie();
    auto topic = log->OpenTopic("quakes", {}).ValueOrDie();
    for (int i = 0; i < 3; ++i) {
      RecordBlockBuilder builder;
      for (int j = 0; j < 2; ++j) builder.Append({.value = std::to_string(2 * i + j)});
      ASSERT_TRUE(topic->Append(0, builder.Finish(), {}).ok());
    }
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // What reading from `offset` on comes to, once `spoil` has been let loose on the database.
  Status ReadAfter(const std::function<void(LogDatabase&)>& spoil, int64_t offset) {
    {
      auto database = LogDatabase::Open(folder_, OpenMode::kReadWrite).ValueOrDie();
      spoil(*database);
    }
    ASSIGN_OR_RAISE(auto log, OpenLocalLog(folder_, OpenMode::kReadWrite));
    ASSIGN_OR_RAISE(auto topic, log->FindTopic("quakes"));
    return topic->Read(0, offset, {}).status();
  }

  std::string folder_;
};

TEST_F(CorruptionTest, AChangedByteInABlock) {
  const Status status = ReadAfter(
      [](LogDatabase& database) {
        std::string block;
        ASSERT_TRUE(database.db().Get({}, database.blocks(), BlockKey(0, 0, 2), &block).ok());
        block.back() ^= 1;
        ASSERT_TRUE(database.db().Put({}, database.blocks(), BlockKey(0, 0, 2), block).ok());
      },
      1);
  EXPECT_EQ(KindOf(status), ErrorKind::kFatal);
  EXPECT_THAT(status.message(), HasSubstr("topic 'quakes' partition 0 offset 2"));
  EXPECT_THAT(status.message(), HasSubstr("checksum"));
  EXPECT_THAT(status.message(), HasSubstr(folder_));
}

TEST_F(CorruptionTest, ABlockThatIsMissing) {
  for (const int64_t missing : {2, 4, 0}) {
    const Status status = ReadAfter(
        [&](LogDatabase& database) {
          ASSERT_TRUE(database.db().Delete({}, database.blocks(), BlockKey(0, 0, missing)).ok());
        },
        missing);
    EXPECT_THAT(status.message(), HasSubstr("partition 0 offset " + std::to_string(missing) + " "));
    EXPECT_THAT(status.message(), HasSubstr("is missing"));
  }
}

TEST_F(CorruptionTest, TheEntryOfATopic) {
  const Status status = ReadAfter(
      [](LogDatabase& database) {
        ASSERT_TRUE(database.db().Put({}, database.meta(), TopicKey("quakes"), "x").ok());
      },
      0);
  EXPECT_THAT(status.message(), HasSubstr("the entry of topic 'quakes' is corrupt"));
}

TEST_F(CorruptionTest, TheIndex) {
  const Status status = ReadAfter(
      [](LogDatabase& database) {
        ASSERT_TRUE(database.db().Put({}, database.meta(), IndexKey(0, 0, 4), "x").ok());
      },
      0);
  EXPECT_THAT(status.message(), HasSubstr("the index of topic 'quakes' partition 0"));
}

TEST_F(CorruptionTest, AnotherFormatVersion) {
  const Status status = ReadAfter(
      [](LogDatabase& database) {
        ASSERT_TRUE(database.db().Put({}, database.meta(), std::string(kVersionKey), "2").ok());
      },
      0);
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("format 2"));
}

TEST_F(CorruptionTest, ADamagedDatabaseFile) {
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    if (!entry.path().filename().string().starts_with("MANIFEST")) continue;
    std::filesystem::resize_file(entry.path(), 10);
  }
  const Status status = OpenLocalLog(folder_, OpenMode::kReadWrite).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kFatal);
  EXPECT_THAT(status.message(), HasSubstr(folder_));
}

}  // namespace
}  // namespace headrace::log
