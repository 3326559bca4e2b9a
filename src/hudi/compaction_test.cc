#include "hudi/compaction.h"

#include <gmock/gmock.h>

#include "hudi/service_test_support.h"

namespace headrace::hudi {
namespace {

using CompactionTest = ServiceTest;

// Two hours ahead.
class LaterClock : public Clock {
 public:
  int64_t NowMicros() override { return Clock::System().NowMicros() + 7'200'000'000; }
};

FileSlice SliceOf(Table& table, size_t number) {
  return table.FileSlices().ValueOrDie().at(number);
}

TEST_F(CompactionTest, MergesEverySliceIntoANewBaseFile) {
  const auto table = Open("t");
  ASSERT_TRUE(WriteRange(*table, 0, 20, 1).ok());
  ASSERT_TRUE(WriteRange(*table, 10, 20, 2).ok());
  ASSERT_TRUE(Write(*table, {{3, 5, "x"}}, {{4, 7, ""}}).ok());
  const Rows before = Read("t");
  const auto result = Compact(*table);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->slices, 4);
  EXPECT_EQ(result->rows, 19);
  EXPECT_GT(result->bytes_read, 0);
  EXPECT_EQ(Read("t"), before);
  for (const FileSlice& slice : table->FileSlices().ValueOrDie()) {
    EXPECT_TRUE(slice.base.has_value());
    EXPECT_TRUE(slice.logs.empty());
    EXPECT_EQ(slice.instant, result->instant);
  }
  EXPECT_EQ(Orphans("t"), std::set<std::string>());
  EXPECT_EQ(Compact(*table)->instant, "") << "there was nothing to compact any more";
}

TEST_F(CompactionTest, ASliceWithoutLiveRowsBecomesAnEmptyBaseFile) {
  const auto table = Open("t");
  ASSERT_TRUE(WriteRange(*table, 0, 4, 1).ok());
  ASSERT_TRUE(Write(*table, {}, {{0, 2, ""}, {1, 2, ""}, {2, 2, ""}, {3, 2, ""}}).ok());
  ASSERT_TRUE(Compact(*table).ok());
  EXPECT_EQ(Read("t"), Rows());
  EXPECT_TRUE(SliceOf(*table, 0).logs.empty());
}

TEST_F(CompactionTest, OnlySlicesThatAreDue) {
  const auto table = Open("t");
  ASSERT_TRUE(WriteRange(*table, 0, 40, 1).ok());
  ASSERT_TRUE(Compact(*table).ok());
  ASSERT_TRUE(Write(*table, {{1, 2, "x"}}).ok());
  ASSERT_TRUE(Write(*table, {{1, 3, "y"}}).ok());
  ASSERT_TRUE(Write(*table, {{2, 2, "z"}}).ok());
  EXPECT_EQ(Compact(*table, {.log_files_min = 3})->slices, 0);
  EXPECT_EQ(Compact(*table, {.log_files_min = 2})->slices, 1);
  EXPECT_EQ(Compact(*table, {.log_files_min = 9, .log_bytes_ratio = 1000})->slices, 0);
  EXPECT_EQ(Compact(*table, {.log_files_min = 9, .log_age_us = 3'600'000'000})->slices, 0);
  EXPECT_EQ(Compact(*table, {.log_files_min = 9, .log_bytes_ratio = 0.001})->slices, 1);
  ASSERT_TRUE(Write(*table, {{2, 3, "z"}}).ok());
  LaterClock clock;
  const auto later =
      Table::OpenOrCreate(storage::OpenLocalStorage(PathOf("t")), Definition(), clock).ValueOrDie();
  EXPECT_EQ(Compact(*later, {.log_files_min = 9, .log_age_us = 3'600'000'000})->slices, 1);
}

TEST_F(CompactionTest, ACommitInFlightIsAwaitedAndBelongsToTheNewSlice) {
  const auto table = Open("t");
  ASSERT_TRUE(WriteRange(*table, 0, 10, 1).ok());
  auto commit = table->Begin().ValueOrDie();
  ASSERT_TRUE(commit->Write(ToBatches({{1, 2, "late"}}), {}).ok());
  const auto early = Compact(*table, {.wait_us_max = 1000});
  ASSERT_FALSE(early.ok()) << "Spark could not roll back the commit any more";
  EXPECT_THAT(early.status().message(),
              ::testing::HasSubstr("deltacommit " + commit->instant().time));
  EXPECT_EQ(Read("t").at(1).second, "v1");
  ASSERT_TRUE(commit->Complete({}).ok());
  EXPECT_EQ(Read("t").at(1).second, "late");
  for (const int64_t slices : {2, 1}) {  // what was planned, and what came since
    EXPECT_EQ(Compact(*table).ValueOrDie().slices, slices);
    EXPECT_EQ(Read("t").at(1).second, "late");
  }
}

TEST_F(CompactionTest, AStopEndsItBetweenFilesAndTheNextCallCarriesItOn) {
  const auto table = Open("t");
  ASSERT_TRUE(WriteRange(*table, 0, 10, 1).ok());
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = Compact(*table, {.budget = ServiceBudget(1, stop.get_token())});
  EXPECT_TRUE(stopped.status().IsCancelled()) << stopped.status();
  ASSERT_TRUE(WriteRange(*table, 0, 5, 2).ok());
  const Rows before = Read("t");
  const auto result = Compact(*Open("t"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->slices, 2);
  EXPECT_EQ(Read("t"), before);
  EXPECT_EQ(Compact(*Open("t"))->slices, 2) << "the commit after the plan is in the new slices";
  EXPECT_EQ(Read("t"), before);
}

TEST_F(CompactionTest, WhatTakesTooMuchMemoryIsMergedInParts) {
  const auto table = Open("t");
  for (int version = 1; version <= 5; ++version) {
    ASSERT_TRUE(WriteRange(*table, 100 * version, 100 * version + 300, version).ok());
    ASSERT_TRUE(Write(*table, {}, {{100 * version + 50, version, ""}}).ok());
  }
  const Rows before = Read("t");
  const auto little = Compact(*table, {.budget = ServiceBudget(1000)});
  EXPECT_TRUE(little.status().IsCapacityError()) << little.status();
  EXPECT_EQ(Read("t"), before);
  const auto result = Compact(*table, {.budget = ServiceBudget(256 << 10)});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->rows, static_cast<int64_t>(before.size()));
  EXPECT_EQ(Read("t"), before);
  EXPECT_TRUE(Orphans("t").empty());
  // Of base files, too, each row is taken once.
  ASSERT_TRUE(WriteRange(*table, 0, 900, 9).ok());
  const Rows after = Read("t");
  ASSERT_TRUE(Compact(*table, {.budget = ServiceBudget(128 << 10)}).ok());
  EXPECT_EQ(Read("t"), after);
}

TEST_F(CompactionTest, SurvivesACrashAtEveryStorageOperation) {
  const auto prepare = [](Table& table) {
    RETURN_NOT_OK(WriteRange(table, 0, 6, 1));
    RETURN_NOT_OK(WriteRange(table, 3, 9, 2));
    return Write(table, {}, {{5, 3, ""}});
  };
  CrashEverywhere(prepare, [](Table& table) { return Compact(table).status(); });
}

}  // namespace
}  // namespace headrace::hudi
