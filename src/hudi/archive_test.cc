#include "hudi/archive.h"

#include <gmock/gmock.h>

#include "hudi/archived_timeline.h"
#include "hudi/compaction.h"
#include "hudi/savepoint.h"
#include "hudi/service_test_support.h"

namespace headrace::hudi {
namespace {

const ArchiveOptions kEarly = {
    .commits_max = 4, .commits_min = 2, .retention = {.commits = 2}, .history_files_max = 3};

class ArchiveTest : public ServiceTest {
 protected:
  static Status WriteCommits(Table& table, int64_t count, int64_t first_version = 1) {
    for (int64_t i = 0; i < count; ++i) RETURN_NOT_OK(WriteRange(table, 0, 4, first_version + i));
    return Status::OK();
  }
  std::set<std::string> HistoryFiles(const std::string& name) const {
    std::set<std::string> names;
    for (const auto& entry :
         std::filesystem::directory_iterator(PathOf(name) + "/.hoodie/timeline/history"))
      names.insert(entry.path().filename().string());
    return names;
  }
};

TEST_F(ArchiveTest, TheOldestActionsMoveToTheHistory) {
  const auto table = Open("t");
  ASSERT_TRUE(WriteCommits(*table, 4).ok());
  EXPECT_EQ(Archive(*table, kEarly)->instants, 0) << "four are not more than four";
  ASSERT_TRUE(WriteCommits(*table, 2, 5).ok());
  const auto instants = table->timeline().instants();
  const Rows before = Read("t");
  ASSERT_EQ(Archive(*table, kEarly)->instants, 4);
  EXPECT_EQ(Read("t"), before);
  EXPECT_EQ(TimelineFiles("t").size(), 2u * 3);
  const auto archived = ReadArchivedCompletionTimes(table->storage()).ValueOrDie();
  ASSERT_EQ(archived.size(), 4u);
  for (size_t i = 0; i < 4; ++i)
    EXPECT_EQ(archived.at(instants[i].time), instants[i].completion_time);
  EXPECT_EQ(table->FileSlices(instants[1].completion_time)->at(0).logs.size(), 2u)
      << "time travel knows when archived commits completed";
}

TEST_F(ArchiveTest, ManyFilesOfALevelBecomeOneOfTheNext) {
  const auto table = Open("t");
  for (int64_t round = 0; round < 7; ++round) {
    ASSERT_TRUE(WriteCommits(*table, 3, 10 * round).ok());
    ASSERT_TRUE(Archive(*table, kEarly).ok());
  }
  const auto archived = ReadArchivedCompletionTimes(table->storage()).ValueOrDie();
  EXPECT_EQ(archived.size(), 21 - table->timeline().instants().size());
  const auto files = HistoryFiles("t");
  EXPECT_TRUE(std::any_of(files.begin(), files.end(),
                          [](const std::string& name) { return name.ends_with("_1.parquet"); }));
  EXPECT_LE(std::count_if(files.begin(), files.end(),
                          [](const std::string& name) { return name.starts_with("manifest_"); }),
            3);
  EXPECT_EQ(Read("t").size(), 4u);
}

TEST_F(ArchiveTest, NeverPastASavepointOrAnActionInFlight) {
  const auto table = Open("t");
  ASSERT_TRUE(WriteCommits(*table, 2).ok());
  const std::string saved = table->timeline().instants()[1].time;
  ASSERT_TRUE(CreateSavepoint(*table, saved).ok());
  ASSERT_TRUE(WriteCommits(*table, 6, 3).ok());
  EXPECT_EQ(Archive(*table, kEarly)->instants, 1);
  EXPECT_EQ(Archive(*table, kEarly)->instants, 0);
  ASSERT_TRUE(DeleteSavepoint(*table, saved).ok());
  const auto plan = table->timeline().Request("clean", "", Clock::System());
  ASSERT_TRUE(plan.ok());
  ASSERT_TRUE(WriteCommits(*table, 4, 9).ok());
  ASSERT_TRUE(Archive(*table, kEarly).ok());
  EXPECT_EQ(table->timeline().instants().front().time, plan->time);
  EXPECT_EQ(Read("t").size(), 4u);
}

TEST_F(ArchiveTest, NeverPastWhatCleaningRetainsNorTheNewestWrite) {
  const auto table = Open("t");
  ASSERT_TRUE(WriteCommits(*table, 8).ok());
  ArchiveOptions options = kEarly;
  options.retention.commits = 7;
  EXPECT_EQ(Archive(*table, options)->instants, 1);
  options.retention.commits = 1;
  options.commits_min = 1;
  ASSERT_TRUE(Compact(*table).ok());
  ASSERT_TRUE(Archive(*table, options).ok());
  EXPECT_EQ(table->timeline().instants().size(), 2u) << "the compaction and the write before it";
}

TEST_F(ArchiveTest, SurvivesACrashAtEveryStorageOperation) {
  CrashEverywhere(
      [](Table& table) {
        for (int64_t round = 0; round < 3; ++round) {
          RETURN_NOT_OK(WriteCommits(table, 5, 10 * round));
          if (round < 2) RETURN_NOT_OK(Archive(table, kEarly).status());
        }
        return Status::OK();
      },
      [](Table& table) { return Archive(table, kEarly).status(); });
}

}  // namespace
}  // namespace headrace::hudi
