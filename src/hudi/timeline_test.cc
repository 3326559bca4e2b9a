#include "hudi/timeline.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "avro/container.h"
#include "avro/schema.h"
#include "base/test_folder.h"
#include "hudi/file_group.h"
#include "hudi/properties.h"
#include "hudi/record_key.h"
#include "hudi/schemas.h"

namespace headrace::hudi {
namespace {

using ::testing::ElementsAre;

class StoppedClock : public Clock {
 public:
  int64_t NowMicros() override { return now; }
  int64_t now = 1'767'225'620'123'456;  // 2026-01-01 00:00:20.123456
};

class TimelineTest : public ::testing::Test {
 protected:
  void SetUp() override { storage_ = storage::OpenLocalStorage(folder_.path()); }

  void Put(const std::string& name) {
    ASSERT_TRUE(storage_->Put(".hoodie/timeline/" + name, "").ok());
  }
  void PutFile(const std::string& name) { ASSERT_TRUE(storage_->Put(name, "x").ok()); }
  std::unique_ptr<Timeline> Load() { return Timeline::Load(storage_, true).ValueOrDie(); }

  const TestFolder folder_;
  std::shared_ptr<storage::Storage> storage_;
  StoppedClock clock_;
};

TEST_F(TimelineTest, TimesOnlyGrow) {
  const auto timeline = Load();
  Instant first = timeline->Request("deltacommit", "", clock_).ValueOrDie();
  EXPECT_EQ(first.time, "20260101000020123");
  ASSERT_TRUE(timeline->MakeInflight(&first, "").ok());
  ASSERT_TRUE(timeline->Complete(&first, "", clock_).ok());
  EXPECT_EQ(first.completion_time, "20260101000020124");
  clock_.now -= 3'600'000'000;  // somebody set the clock back
  EXPECT_EQ(Load()->NewTime(clock_), "20260101000020125");
  clock_.now += 7'200'000'000;
  EXPECT_EQ(Load()->NewTime(clock_), "20260101010020123");
  EXPECT_EQ(NextInstantTime("20261231235959999"), "20270101000000000");
}

TEST_F(TimelineTest, ReadsEveryStateOfEveryAction) {
  Put("20260101000000001.deltacommit.requested");
  Put("20260101000000001.deltacommit.inflight");
  Put("20260101000000001_20260101000000002.deltacommit");
  Put("20260101000000003.compaction.requested");
  Put("20260101000000003.compaction.inflight");
  Put("20260101000000003_20260101000000004.commit");
  Put("20260101000000005.commit.requested");
  Put("20260101000000005.inflight");
  Put("20260101000000006.deltacommit.requested");
  Put("something.else");
  const auto timeline = Load();
  std::vector<std::string> found;
  for (const Instant& instant : timeline->instants())
    found.push_back(instant.time.substr(16) + instant.action +
                    std::to_string(static_cast<int>(instant.state)));
  EXPECT_THAT(found, ElementsAre("1deltacommit2", "3compaction2", "5commit1", "6deltacommit0"));
  EXPECT_EQ(timeline->CompletionTime("20260101000000001").ValueOrDie(), "20260101000000002");
  EXPECT_EQ(timeline->CompletionTime("20260101000000006").ValueOrDie(), std::nullopt);
  EXPECT_EQ(timeline->CompletionTime("20260101000000007").ValueOrDie(), std::nullopt);
  EXPECT_EQ(timeline->CompletionTime("20250101000000000").ValueOrDie(), "20250101000000000")
      << "older than the timeline: archived";
}

TEST_F(TimelineTest, NamesOfFilesOfTheTimelineAreChecked) {
  for (const char* name :
       {"", ".", "x", "20260101000000001", "20260101000000001.", "2026.deltacommit",
        "20260101000000001_.deltacommit", "20260101000000001_2026010100000000.deltacommit",
        "20260101000000001.deltacommit.done", "2026010100000000x.deltacommit.requested"})
    EXPECT_FALSE(ParseInstantFileName(name).ok()) << name;
}

TEST_F(TimelineTest, SlicesFollowCompletionTimes) {
  const std::string id = "00000001-1111-4111-8111-111111111111-0";
  const auto time = [](int n) { return "2026010100000000" + std::to_string(n); };
  Put(time(1) + "_" + time(4) + ".deltacommit");  // completes after the compaction was requested
  Put(time(2) + "_" + time(2) + ".deltacommit");
  Put(time(3) + "_" + time(5) + ".commit");  // a compaction
  Put(time(6) + "_" + time(7) + ".deltacommit");
  Put(time(8) + ".deltacommit.inflight");
  PutFile("eu/" + id + "_0-0-0_" + time(3) + ".parquet");
  for (const int n : {1, 2, 6, 8}) PutFile("eu/." + id + "_" + time(n) + ".log.1_0-0-0");
  PutFile("eu/.hoodie_partition_metadata");
  PutFile("eu/.." + id + "_" + time(6) + ".log.1_0-0-0.crc");
  PutFile("eu/." + id + "_0-0-0_" + time(3) + ".parquet.crc");
  const auto timeline = Load();
  const auto slices =
      LatestFileSlices(ListDataFiles(*storage_).ValueOrDie(), *timeline).ValueOrDie();
  ASSERT_EQ(slices.size(), 1u);
  EXPECT_EQ(slices[0].partition, "eu");
  EXPECT_EQ(slices[0].base->name.instant, time(3));
  std::vector<std::string> logs;
  for (const DataFile& log : slices[0].logs) logs.push_back(log.name.instant);
  EXPECT_THAT(logs, ElementsAre(time(1), time(6)));
}

TEST_F(TimelineTest, GroupsHaveTheirOlderSlicesAndThePast) {
  const std::string id = "00000001-1111-4111-8111-111111111111-0";
  const auto time = [](int n) { return "2026010100000000" + std::to_string(n); };
  Put(time(1) + "_" + time(2) + ".deltacommit");
  Put(time(3) + "_" + time(4) + ".deltacommit");
  Put(time(5) + ".compaction.requested");
  Put(time(5) + "_" + time(7) + ".commit");
  Put(time(6) + "_" + time(8) + ".deltacommit");
  PutFile("." + id + "_" + time(1) + ".log.1_0-0-0");
  PutFile(id + "_0-0-0_" + time(3) + ".parquet");
  PutFile(id + "_0-0-0_" + time(5) + ".parquet");
  PutFile("." + id + "_" + time(6) + ".log.1_0-0-0");
  const auto timeline = Load();
  const auto describe = [&](const std::string& as_of) {
    std::string text;
    const auto files = ListDataFiles(*storage_).ValueOrDie();
    for (const FileGroup& group : FileGroups(files, *timeline, as_of).ValueOrDie())
      for (const FileSlice& slice : group.slices)
        text += slice.instant.substr(16) + (slice.base.has_value() ? "b" : "") +
                std::to_string(slice.logs.size()) + " ";
    return text;
  };
  EXPECT_EQ(describe(""), "5b1 3b0 11 ");
  EXPECT_EQ(describe(time(7)), "5b0 3b0 11 ");
  EXPECT_EQ(describe(time(6)), "3b0 11 ") << "the compaction had not completed";
  EXPECT_EQ(describe(time(3)), "11 ");
  EXPECT_EQ(describe(time(1)), "");
}

TEST_F(TimelineTest, AReplacecommitTakesGroupsOut) {
  const auto time = [](int n) { return "2026010100000000" + std::to_string(n); };
  const std::string id = "00000001-1111-4111-8111-111111111111-0";
  const std::string other = "00000002-1111-4111-8111-111111111111-0";
  Put(time(1) + "_" + time(2) + ".commit");
  Put(time(3) + ".clustering.requested");
  PutFile("eu/" + id + "_0-0-0_" + time(1) + ".parquet");
  PutFile("us/" + id + "_0-0-0_" + time(1) + ".parquet");
  PutFile("eu/" + other + "_0-0-0_" + time(3) + ".parquet");
  const std::string schema =
      R"({"type":"record","name":"R","fields":[{"name":"partitionToReplaceFileIds","type":)"
      R"(["null",{"type":"map","values":{"type":"array","items":"string"}}]}]})";
  const std::string metadata =
      avro::WriteContainer(schema, {{"partitionToReplaceFileIds", {{"eu", {id}}}}}).ValueOrDie();
  ASSERT_TRUE(
      storage_->Put(".hoodie/timeline/" + time(3) + "_" + time(4) + ".replacecommit", metadata)
          .ok());
  const auto timeline = Load();
  EXPECT_EQ(timeline->instants()[1].action, "clustering");
  const auto files = ListDataFiles(*storage_).ValueOrDie();
  const auto paths = [&](const std::string& as_of) {
    std::string text;
    for (const FileSlice& slice : LatestFileSlices(files, *timeline, as_of).ValueOrDie())
      text += slice.partition + slice.file_id.substr(7, 1) + " ";
    return text;
  };
  EXPECT_EQ(paths(""), "eu2 us1 ");
  EXPECT_EQ(paths(time(3)), "eu1 us1 ");
  for (const FileGroup& group : FileGroups(files, *timeline).ValueOrDie())
    EXPECT_EQ(group.replaced_at.has_value(), group.partition == "eu" && group.file_id == id);
}

TEST_F(TimelineTest, ASavepointSharesItsTimeWithACommit) {
  const std::string time = "20260101000000001";
  Put(time + "_20260101000000002.deltacommit");
  Put("20260101000000003_20260101000000004.deltacommit");
  const auto timeline = Load();
  Instant savepoint{time, "savepoint", InstantState::kRequested, ""};
  ASSERT_TRUE(timeline->MakeInflight(&savepoint, "").ok());
  EXPECT_EQ(timeline->CompletionTime(time).ValueOrDie(), "20260101000000002");
  ASSERT_TRUE(timeline->Complete(&savepoint, "", clock_).ok());
  for (int round = 0; round < 2; ++round) {
    std::vector<std::string> actions;
    for (const Instant& instant : timeline->instants()) actions.push_back(instant.action);
    EXPECT_THAT(actions, ElementsAre("deltacommit", "savepoint", "deltacommit"));
    EXPECT_EQ(timeline->CompletionTime(time).ValueOrDie(), "20260101000000002");
    ASSERT_TRUE(timeline->Refresh().ok());
  }
}

TEST(FileNameTest, NamesAreHudis) {
  for (const std::string name :
       {"00000003-5286-4a62-a373-79e92b7a02df-0_7-3-13_20261122190538565.parquet",
        ".00000003-5286-4a62-a373-79e92b7a02df-0_20261122190548506.log.12_7-9-29"})
    EXPECT_EQ(ParseDataFileName(name)->ToString(), name);
  const auto log =
      ParseDataFileName(".00000003-5286-4a62-a373-79e92b7a02df-0_20261122190548506.log.12_7-9-29");
  EXPECT_EQ(log->log_version, 12);
  EXPECT_EQ(log->write_token, "7-9-29");
  EXPECT_EQ(BucketOfFileId(log->file_id), 3);
  for (const char* name : {"", ".", "x.parquet", "_.parquet", "a_b_2.parquet", ".a.log.1_0-0-0",
                           ".a_20261122190548506.log.x_0-0-0", ".hoodie_partition_metadata",
                           ".a_20261122190548506.log.1_0-0-0.cdc"})
    EXPECT_FALSE(ParseDataFileName(name).has_value()) << name;
  const std::string id = MakeFileId(42);
  EXPECT_EQ(id.size(), 38u);
  EXPECT_EQ(BucketOfFileId(id), 42);
  EXPECT_NE(id, MakeFileId(42));
}

TEST(PropertiesTest, ReadsJavasForm) {
  const Properties read = ParseProperties(
      "#comment\n ! too\n\na=b\nc : d\ne f\ng=\\u00e9\\ud83d\\ude00\\t\nh\\:i=j=k\nl=m\\\n   "
      "n\nempty=\n"
      "trailing=\\");
  const Properties expected = {
      {"a", "b"},     {"c", "d"},  {"e", "f"},    {"g", "\u00e9\U0001F600\t"},
      {"h:i", "j=k"}, {"l", "mn"}, {"empty", ""}, {"trailing", ""}};
  EXPECT_EQ(read, expected);
}

TEST(PropertiesTest, ReadsBackWhatItWrote) {
  const Properties properties = {{"k:=#! \\", " v = \\ \n\t\r"},
                                 {"\u00e9", "\U0001F600"},
                                 {"x", ""},
                                 {"schema", R"({"type":["null","string"]})"}};
  const std::string text = FormatProperties(properties, "c");
  EXPECT_EQ(ParseProperties(text), properties) << text;
  EXPECT_THAT(text, ::testing::HasSubstr(R"(schema={"type":["null","string"]})"));
}

TEST(SchemasTest, TheTimelinesSchemasAreGood) {
  for (const char* schema : {kCommitMetadataSchema, kRollbackPlanSchema, kRollbackMetadataSchema})
    EXPECT_TRUE(avro::ParseSchema(schema).ok()) << schema;
}

}  // namespace
}  // namespace headrace::hudi
