#include "hudi/restore.h"

#include <gmock/gmock.h>

#include "hudi/compaction.h"
#include "hudi/rollback.h"
#include "hudi/savepoint.h"
#include "hudi/service_test_support.h"

namespace headrace::hudi {
namespace {

using ::testing::HasSubstr;
using RestoreTest = ServiceTest;

std::string LastTime(Table& table) { return table.timeline().instants().back().time; }

TEST_F(RestoreTest, ATableIsWhatItWasAtASavepoint) {
  const auto table = Open("t");
  ASSERT_TRUE(WriteRange(*table, 0, 6, 1).ok() && WriteRange(*table, 3, 9, 2).ok());
  const std::string saved = LastTime(*table);
  const Rows before = Read("t");
  ASSERT_TRUE(CreateSavepoint(*table, saved).ok());
  ASSERT_TRUE(WriteRange(*table, 0, 9, 3).ok());
  ASSERT_TRUE(Compact(*table).ok());
  ASSERT_TRUE(Clean(*table, {.retention = {.commits = 1}}).ok());
  ASSERT_TRUE(WriteRange(*table, 5, 20, 4).ok());
  const auto result = Restore(*table, saved);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->commits, 3);
  EXPECT_EQ(Read("t"), before);
  EXPECT_EQ(Orphans("t"), std::set<std::string>());
  const auto again = Open("t");
  ASSERT_TRUE(WriteRange(*again, 20, 21, 1).ok());
  EXPECT_EQ(Read("t").size(), before.size() + 1);
}

TEST_F(RestoreTest, OnlyToACommitWhoseFilesAreThere) {
  const auto table = Open("t");
  ASSERT_TRUE(WriteRange(*table, 0, 6, 1).ok());
  const std::string first = LastTime(*table);
  ASSERT_TRUE(WriteRange(*table, 0, 6, 2).ok());
  ASSERT_TRUE(Compact(*table).ok());
  ASSERT_TRUE(WriteRange(*table, 0, 6, 3).ok());
  ASSERT_TRUE(Compact(*table).ok());
  ASSERT_GT(Clean(*table, {.retention = {.commits = 1}})->files, 0);
  EXPECT_THAT(Restore(*table, first).status().ToString(), HasSubstr("may have been cleaned"));
  EXPECT_THAT(Restore(*table, "20200101000000000").status().ToString(), HasSubstr("has no commit"));
}

TEST_F(RestoreTest, SurvivesACrashAtEveryStorageOperation) {
  for (const auto mode : {storage::FaultMode::kNotDone, storage::FaultMode::kDoneButNotHeard}) {
    bool failed = true;
    for (int64_t operations = 0; failed; ++operations) {
      const std::string name = fmt::format("crash_{}_{}", static_cast<int>(mode), operations);
      SCOPED_TRACE(name);
      std::string target;
      Rows before;
      {
        const auto table = Open(name);
        ASSERT_TRUE(WriteRange(*table, 0, 6, 1).ok());
        target = LastTime(*table);
        before = Read(name);
        ASSERT_TRUE(WriteRange(*table, 3, 9, 2).ok() && Compact(*table).ok());
      }
      const auto faulty = std::make_shared<storage::FaultyStorage>(
          storage::OpenLocalStorage(PathOf(name)), operations, mode);
      const Status status = Restore(*Table::Open(faulty).ValueOrDie(), target).status();
      failed = faulty->failed();
      ASSERT_EQ(status.ok(), !failed) << status;
      // Opening for writing carries on what was planned; the rest is for the user to say again.
      const auto table = Open(name);
      ASSERT_TRUE(Restore(*table, target).ok());
      EXPECT_EQ(Read(name), before);
      ASSERT_TRUE(Clean(*table).ok());
      EXPECT_EQ(Orphans(name), std::set<std::string>());
    }
  }
}

TEST_F(RestoreTest, TheNewestCommitCanBeRolledBack) {
  const auto table = Open("t");
  ASSERT_TRUE(WriteRange(*table, 0, 6, 1).ok());
  const std::string first = LastTime(*table);
  const Rows before = Read("t");
  ASSERT_TRUE(WriteRange(*table, 3, 9, 2).ok() && Compact(*table).ok());
  const std::string compaction = LastTime(*table);
  EXPECT_THAT(RollBack(*table, first).ToString(), HasSubstr("is not the newest"));
  ASSERT_TRUE(RollBack(*table, compaction).ok());
  EXPECT_EQ(Read("t").size(), 9u);
  std::string second;
  for (const Instant& instant : table->timeline().instants())
    if (instant.makes_data()) second = instant.time;
  ASSERT_TRUE(RollBack(*table, second).ok());
  EXPECT_EQ(Read("t"), before);
  EXPECT_EQ(Orphans("t"), std::set<std::string>());
  ASSERT_TRUE(WriteRange(*Open("t"), 3, 9, 3).ok());
  EXPECT_EQ(Read("t").size(), 9u);
}

}  // namespace
}  // namespace headrace::hudi
