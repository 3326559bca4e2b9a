#include "hudi/clean.h"

#include <gmock/gmock.h>

#include "hudi/compaction.h"
#include "hudi/savepoint.h"
#include "hudi/service_test_support.h"

namespace headrace::hudi {
namespace {

using ::testing::HasSubstr;
using CleanTest = ServiceTest;

// Writes and compacts `rounds` times: so many slices in each of two file groups.
Status WriteSlices(Table& table, int64_t rounds) {
  for (int64_t round = 1; round <= rounds; ++round) {
    const auto commit = table.Begin();
    RETURN_NOT_OK(commit.status());
    arrow::Int64Builder ids, parts, updates;
    arrow::StringBuilder names;
    for (int64_t id = 0; id < 8; ++id) {
      RETURN_NOT_OK(ids.Append(id));
      RETURN_NOT_OK(parts.Append(id % 2));
      RETURN_NOT_OK(updates.Append(round));
      RETURN_NOT_OK(names.Append("r" + std::to_string(round)));
    }
    RETURN_NOT_OK((*commit)->Write({arrow::RecordBatch::Make(table.schema(), 8,
                                                             {*ids.Finish(), *parts.Finish(),
                                                              *updates.Finish(), *names.Finish()})},
                                   {}));
    RETURN_NOT_OK((*commit)->Complete({}));
    RETURN_NOT_OK(Compact(table).status());
  }
  return Status::OK();
}

size_t FilesOf(Table& table) { return ListDataFiles(table.storage()).ValueOrDie().size(); }

TEST_F(CleanTest, KeepsWhatTheNewestCommitsRead) {
  const auto table = Open("t");
  ASSERT_TRUE(WriteSlices(*table, 4).ok());
  const Rows before = Read("t");
  EXPECT_EQ(FilesOf(*table), 2u * 8);
  EXPECT_EQ(Clean(*table, {.retention = {.commits = 20}})->files, 0);
  // The newest commit is a compaction: its slice stays, and the one that a reader of the commit
  // before it has open.
  const auto result = Clean(*table, {.retention = {.commits = 1}});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->files, 2 * 5);
  EXPECT_EQ(FilesOf(*table), 2u * 3);
  EXPECT_EQ(Read("t"), before);
  EXPECT_EQ(Clean(*table, {.retention = {.commits = 1}})->instant, "") << "all is clean";
}

TEST_F(CleanTest, KeepsWhatTheLastHoursRead) {
  const auto table = Open("t");
  ASSERT_TRUE(WriteSlices(*table, 3).ok());
  constexpr int64_t kHourUs = 3'600'000'000;
  EXPECT_EQ(Clean(*table, {.retention = {.commits = 0, .age_us = kHourUs}})->files, 0);
  EXPECT_EQ(Clean(*table, {.retention = {.commits = 1, .age_us = kHourUs}})->files, 0);
  EXPECT_GT(Clean(*table, {.retention = {.commits = 0, .age_us = 1}})->files, 0);
  EXPECT_EQ(Read("t").size(), 8u);
}

TEST_F(CleanTest, LeavesWhatASavepointHolds) {
  const auto table = Open("t");
  ASSERT_TRUE(WriteSlices(*table, 1).ok());
  const std::string saved = table->timeline().instants().back().time;
  ASSERT_TRUE(CreateSavepoint(*table, saved).ok());
  ASSERT_TRUE(WriteSlices(*table, 3).ok());
  const auto held = SavedFiles(table->timeline()).ValueOrDie();
  EXPECT_EQ(held.size(), 2u);
  ASSERT_TRUE(Clean(*table, {.retention = {.commits = 1}}).ok());
  const auto files = ListDataFiles(table->storage()).ValueOrDie();
  for (const std::string& path : held)
    EXPECT_TRUE(std::any_of(files.begin(), files.end(), [&](const DataFile& file) {
      return file.path == path;
    })) << path;
  ASSERT_TRUE(DeleteSavepoint(*table, saved).ok());
  EXPECT_GT(Clean(*table, {.retention = {.commits = 1}})->files, 0);
  const Status late = CreateSavepoint(*table, saved);
  EXPECT_THAT(late.ToString(), HasSubstr("may have been cleaned"));
  EXPECT_THAT(DeleteSavepoint(*table, saved).ToString(), HasSubstr("has no savepoint"));
}

TEST_F(CleanTest, DeletesFilesOfActionsThatAreNotOnTheTimeline) {
  const auto table = Open("t");
  ASSERT_TRUE(WriteRange(*table, 0, 4, 1).ok());
  const auto commit = table->Begin().ValueOrDie();
  ASSERT_TRUE(commit->Write(ToBatches({{1, 2, "x"}}), {}).ok());
  const size_t files = FilesOf(*table);
  EXPECT_EQ(Clean(*table)->files, 0) << "the commit is in flight";
  ASSERT_TRUE(table->timeline().Remove(commit->instant()).ok());
  EXPECT_EQ(Clean(*table)->files, 1);
  EXPECT_EQ(FilesOf(*table), files - 1);
  EXPECT_EQ(Orphans("t"), std::set<std::string>());
}

TEST_F(CleanTest, SurvivesACrashAtEveryStorageOperation) {
  CrashEverywhere(
      [](Table& table) { return WriteSlices(table, 2); },
      [](Table& table) { return Clean(table, {.retention = {.commits = 1}}).status(); });
}

}  // namespace
}  // namespace headrace::hudi
