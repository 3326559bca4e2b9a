#include "cli/table_command.h"

#include <arrow/builder.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "cli/call_headrace.h"
#include "hudi/commit.h"
#include "hudi/table.h"

namespace headrace::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

// The objects that were printed, one a line.
std::vector<Json> LinesOf(const Outcome& outcome) {
  std::vector<Json> lines;
  std::istringstream stream(outcome.out);
  for (std::string line; std::getline(stream, line);) lines.push_back(Json::parse(line));
  return lines;
}

// A table with two commits of epochs 1 and 2, and one that a writer left in flight.
class TableCommandTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "headrace_table_command";
    std::filesystem::remove_all(folder_);
    hudi::TableDefinition& definition = definition_;
    definition.name = "quakes";
    definition.schema = arrow::schema(
        {arrow::field("id", arrow::int64(), false), arrow::field("region", arrow::utf8())});
    definition.key = {"id"};
    definition.partition_by = {"region"};
    definition.buckets = 1;
    table_ = hudi::Table::OpenOrCreate(storage::OpenLocalStorage(folder_), definition).ValueOrDie();
    Write({1, 2, 3}, {}, R"({"pipeline":"p","epoch":1})");
    Write({4}, {2}, R"({"pipeline":"p","epoch":2})");
    open_ = table_->Begin().ValueOrDie();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::vector<std::shared_ptr<arrow::RecordBatch>> Rows(const std::vector<int64_t>& ids) {
    arrow::Int64Builder numbers;
    arrow::StringBuilder regions;
    for (const int64_t id : ids) EXPECT_TRUE(numbers.Append(id).ok() && regions.Append("eu").ok());
    return {arrow::RecordBatch::Make(table_->schema(), static_cast<int64_t>(ids.size()),
                                     {*numbers.Finish(), *regions.Finish()})};
  }
  void Write(const std::vector<int64_t>& upserts, const std::vector<int64_t>& deletes,
             const std::string& checkpoint) {
    const auto commit = table_->Begin().ValueOrDie();
    ASSERT_TRUE(commit->Write(Rows(upserts), Rows(deletes)).ok());
    ASSERT_TRUE(commit->Complete({{"headrace.checkpoint", checkpoint}}).ok());
  }

  Outcome Run(std::vector<std::string> words) {
    words.insert(words.begin(), "table");
    return CallHeadrace(std::move(words), {TableCommand()});
  }

  std::string folder_;
  hudi::TableDefinition definition_;
  std::unique_ptr<hudi::Table> table_;
  std::unique_ptr<hudi::Commit> open_;
};

TEST_F(TableCommandTest, ShowSaysWhatTheTableIsAndHolds) {
  const std::string text = Run({"show", folder_}).out;
  for (const char* line :
       {"type       MERGE_ON_READ, version 8\n", "key        id\n", "partition  region\n",
        "order by   (the later commit)\n", "column     id BIGINT NOT NULL\n",
        "in 1 file groups: 0 base and 2 log files, up to 2 logs a group\n",
        "1 rows written, 1 deleted", "pending    deltacommit "})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, ::testing::ContainsRegex("freshness  the oldest change outside base files is "
                                             "[0-9.]+ [a-z]+ old\n"));
  const Json json = LinesOf(Run({"show", folder_, "--json"})).at(0);
  EXPECT_TRUE(json.at("targets").is_null());
  EXPECT_EQ(json.at("buckets"), 1);
  EXPECT_EQ(json.at("columns").at(1).at("type"), "STRING");
  EXPECT_EQ(json.at("last_commit").at("rows_deleted"), 1);
  EXPECT_EQ(json.at("pending").at(0).at("instant"), open_->instant().time);
}

TEST_F(TableCommandTest, ShowSaysHowFarATableIsFromItsTargets) {
  const std::string file = folder_ + ".yaml";
  const auto write = [&](const std::string& options) {
    std::ofstream(file)
        << "name: p\nstate: " << folder_ << ".state\n"
        << "sources:\n  feed:\n    http: {url: \"http://127.0.0.1:1/\", every: 5 s}\n"
        << "    schema: id BIGINT NOT NULL, region STRING\n"
        << "views:\n  rows: {sql: \"SELECT id, region FROM feed\"}\n"
        << "sinks:\n  quakes:\n    from: rows\n    hudi: {path: " << folder_ << ", " << options
        << "}\n";
  };
  write("key: [id], partition_by: [region], freshness: 7 min");
  EXPECT_THAT(Run({"show", "quakes", "--file", file}).out,
              HasSubstr(" old, 7 min declared: met\n"));
  write("key: [id], partition_by: [region], freshness: 1 us");
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the age is in milliseconds
  EXPECT_THAT(Run({"show", folder_, "--file", file}).out,
              ::testing::ContainsRegex("1 us declared: [0-9.]+ [a-z]+ behind\n"));
  const Json json = LinesOf(Run({"show", "quakes", "--file", file, "--json"})).at(0);
  EXPECT_GT(json.at("freshness_lag_seconds"), 0);
  EXPECT_EQ(json.at("targets").at("file_size"), 128 << 20);
  const Outcome none = Run({"show", "other", "--file", file});
  EXPECT_THAT(none.error, HasSubstr("the pipeline writes no Hudi table 'other'"));
  EXPECT_THAT(none.error, HasSubstr("its Hudi sinks are: quakes"));
  std::filesystem::remove(file);
}

TEST_F(TableCommandTest, HistoryIsALineAnAction) {
  const auto lines = LinesOf(Run({"history", folder_, "--json"}));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].at("rows_written"), 3);
  EXPECT_EQ(lines[0].at("epoch"), 1);
  EXPECT_EQ(lines[1].at("rows_deleted"), 1);
  EXPECT_EQ(lines[1].at("state"), "completed");
  EXPECT_GT(lines[1].at("bytes"), 0);
  EXPECT_GT(lines[1].at("duration_ms"), 0);
  EXPECT_EQ(lines[2].at("state"), "inflight");
  EXPECT_TRUE(lines[2].at("rows_written").is_null());
  EXPECT_THAT(Run({"history", folder_, "--all"}).out, HasSubstr("(3 rows)"));
}

TEST_F(TableCommandTest, FilesAreThoseThatReadersTake) {
  const auto lines = LinesOf(Run({"files", folder_, "--json"}));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].at("kind"), "log");
  EXPECT_EQ(lines[0].at("partition"), "eu");
  EXPECT_EQ(lines[0].at("slice"), lines[1].at("slice"));
  EXPECT_EQ(lines[0].at("bytes"),
            std::filesystem::file_size(folder_ + "/eu/" + lines[0].at("file").get<std::string>()));
}

TEST_F(TableCommandTest, ValidateTellsErrorsFromWarnings) {
  const Outcome good = Run({"validate", folder_});
  EXPECT_EQ(good.status, kSuccess) << good.out;
  EXPECT_THAT(good.out, HasSubstr("warning: "));  // of the commit in flight
  EXPECT_THAT(good.out, HasSubstr("3 actions, 2 files, 4 rows, "));
  EXPECT_THAT(good.out, HasSubstr(": 0 errors, 1 warnings\n"));
  std::filesystem::remove(folder_ + "/eu/.hoodie_partition_metadata");
  const Outcome bad = Run({"validate", folder_, "--json"});
  EXPECT_EQ(bad.status, kRunFailed);
  const Json json = LinesOf(bad).at(0);
  EXPECT_EQ(json.at("errors"), 1);
  EXPECT_EQ(json.at("findings").at(1).at("file"), "eu/.hoodie_partition_metadata");
}

TEST_F(TableCommandTest, CompactAndClean) {
  const auto complete = [&](hudi::Commit& commit, int64_t id) {
    ASSERT_TRUE(commit.Write(Rows({id}), {}).ok());
    const Status completed = commit.Complete({});
    EXPECT_TRUE(completed.ok()) << completed;
  };
  complete(*open_, 5);
  const Outcome tight = Run({"compact", folder_, "--memory", "64 MiB"});
  EXPECT_EQ(tight.status, 2);
  EXPECT_THAT(tight.error, HasSubstr("'64 MiB' is not from 128 MiB to 1 TiB"));
  const Json compacted = LinesOf(Run({"compact", folder_, "--memory", "128 MiB", "--json"})).at(0);
  EXPECT_EQ(compacted.at("file_slices"), 1);
  EXPECT_EQ(compacted.at("rows"), 4);
  EXPECT_THAT(Run({"compact", folder_}).out, HasSubstr("nothing to compact"));
  const auto clean = [&] {
    return LinesOf(Run({"clean", folder_, "--commits", "1", "--json"})).at(0).at("files");
  };
  const auto in_flight = table_->Begin().ValueOrDie();
  EXPECT_EQ(clean(), 0) << "the newest commit came before the compaction";
  complete(*in_flight, 6);
  Write({7}, {}, "{}");
  const Outcome kept = Run({"clean", folder_, "--commits", "1", "--keep-for", "60 min"});
  EXPECT_THAT(kept.out, HasSubstr("the newest 1 commits, or those of the last 60 min, read every"));
  EXPECT_EQ(Run({"clean", folder_, "--keep-for", "soon"}).status, kUsageFailed);
  EXPECT_EQ(clean(), 3);
  EXPECT_EQ(Run({"validate", folder_}).status, kSuccess);
}

TEST_F(TableCommandTest, CompactRollsADeadCommitBackWhenToldThatThePipelineStopped) {
  EXPECT_EQ(LinesOf(Run({"compact", folder_, "--stopped", "--json"})).at(0).at("rows"), 3);
  const auto lines = LinesOf(Run({"history", folder_, "--json"}));
  for (const Json& line : lines) EXPECT_NE(line.at("instant"), open_->instant().time);
  EXPECT_EQ(Run({"validate", folder_}).status, kSuccess);
}

TEST_F(TableCommandTest, RollbackAndRestoreWantNobodyAtWork) {
  const auto instants = table_->timeline().instants();
  const Outcome refused = Run({"rollback", folder_, instants[1].time});
  EXPECT_EQ(refused.status, kUsageFailed);
  EXPECT_THAT(refused.error, HasSubstr("is in flight"));
  EXPECT_THAT(refused.error, HasSubstr("--stopped"));
  EXPECT_EQ(Run({"rollback", folder_, instants[1].time, "--stopped"}).status, kSuccess);
  const auto lines = LinesOf(Run({"history", folder_, "--json"}));
  EXPECT_EQ(lines.at(0).at("instant"), instants[0].time);
  for (const Json& line : lines) EXPECT_NE(line.at("instant"), instants[1].time);
  table_ = hudi::Table::OpenOrCreate(storage::OpenLocalStorage(folder_), definition_).ValueOrDie();
  Write({7}, {}, "{}");
  EXPECT_EQ(LinesOf(Run({"restore", folder_, instants[0].time, "--json"})).at(0).at("commits"), 1);
  EXPECT_EQ(Run({"validate", folder_}).status, kSuccess);
}

TEST_F(TableCommandTest, WhatIsNoTableIsAUsageError) {
  const Outcome outcome = Run({"show", folder_ + "/eu"});
  EXPECT_EQ(outcome.status, kUsageFailed);
  EXPECT_THAT(outcome.error, HasSubstr("there is no Hudi table at"));
  EXPECT_EQ(Run({}).status, kUsageFailed);
}

}  // namespace
}  // namespace headrace::cli
