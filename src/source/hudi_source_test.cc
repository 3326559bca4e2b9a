#include "source/hudi_source.h"

#include <arrow/builder.h>
#include <gmock/gmock.h>

#include <random>

#include "base/test_folder.h"
#include "format/json_writer.h"
#include "hudi/commit.h"
#include "hudi/snapshot.h"
#include "source/failing_topic.h"

namespace headrace::source {
namespace {

using ::testing::HasSubstr;
using Rows = std::map<std::string, std::string>;  // by key, both as JSON

std::shared_ptr<arrow::Schema> TestSchema() {
  return arrow::schema({arrow::field("id", arrow::int64(), false),
                        arrow::field("region", arrow::utf8()),
                        arrow::field("updated", arrow::int64())});
}

class HudiSourceTest : public ::testing::TestWithParam<std::string> {  // the ordering column
 protected:
  void SetUp() override {
    log_ = log::OpenLocalLog(folder_.path("log"), log::OpenMode::kReadWrite).ValueOrDie();
    topic_ = log_->OpenTopic("rows", {.partitions = 3}).ValueOrDie();
    hudi::TableDefinition definition;
    definition.name = "rows";
    definition.schema = TestSchema();
    definition.key = {"id"};
    definition.partition_by = {"region"};
    definition.order_by = GetParam();
    definition.buckets = 2;
    table_ = hudi::Table::OpenOrCreate(storage::OpenLocalStorage(folder_.path("table")), definition)
                 .ValueOrDie();
    definition_.name = "rows";
    definition_.key = {"id", "region"};
    definition_.schema = TestSchema();
    hudi().path = folder_.path("table");
  }

  pipeline::HudiSource& hudi() {
    if (!std::holds_alternative<pipeline::HudiSource>(definition_.connector))
      definition_.connector.emplace<pipeline::HudiSource>();
    return std::get<pipeline::HudiSource>(definition_.connector);
  }

  std::shared_ptr<arrow::RecordBatch> RandomRows(const std::vector<int64_t>& keys) {
    arrow::Int64Builder ids, updates;
    arrow::StringBuilder regions;
    for (const int64_t id : keys) {
      EXPECT_TRUE(ids.Append(id).ok() && updates.Append(random_() % 20).ok());
      EXPECT_TRUE(regions.Append(id % 2 == 0 ? "eu" : "us").ok());
    }
    return arrow::RecordBatch::Make(TestSchema(), static_cast<int64_t>(keys.size()),
                                    {*ids.Finish(), *regions.Finish(), *updates.Finish()});
  }

  void Commit() {
    std::vector<int64_t> upserts, deletes;
    for (int64_t id = 0; id < 60; ++id)
      if (random_() % 2 == 0) (random_() % 4 == 0 ? deletes : upserts).push_back(id);
    const auto commit = table_->Begin().ValueOrDie();
    ASSERT_TRUE(commit->Write({RandomRows(upserts)}, {RandomRows(deletes)}).ok());
    ASSERT_TRUE(commit->Complete({}).ok());
  }

  Status RunOn(const std::shared_ptr<log::Topic>& topic) {
    HudiSource source(definition_, topic, registry_, Clock::System(), {});
    return source.Run({}, /*until_caught_up=*/true);
  }

  // What whoever reads the topic holds in the end.
  Rows Applied() {
    Rows rows;
    records_ = 0;
    for (int32_t partition = 0; partition < topic_->partitions(); ++partition) {
      int64_t offset = 0;
      while (true) {
        const auto blocks = topic_->Read(partition, offset, {}).ValueOrDie();
        if (blocks.empty()) break;
        for (const log::RecordBlock& block : blocks) {
          for (int64_t i = 0; i < block.records(); ++i, ++records_) {
            const log::Record record = block.record(i);
            rows.erase(std::string(record.key));
            if (!record.tombstone) rows.emplace(record.key, record.value);
          }
          offset = block.next_offset();
        }
      }
    }
    return rows;
  }

  Rows Expected() {
    Rows rows;
    const auto reader = hudi::ReadSnapshot(*table_, {}).ValueOrDie();
    for (const auto& batch : *reader) {
      const auto keys = (*batch)->SelectColumns({0, 1}).ValueOrDie();
      for (int64_t i = 0; i < keys->num_rows(); ++i) {
        std::string key, value;
        format::WriteJsonRow(*keys, i, &key);
        format::WriteJsonRow(**batch, i, &value);
        rows.emplace(key, value);
      }
    }
    return rows;
  }

  const TestFolder folder_;
  std::unique_ptr<log::Log> log_;
  std::shared_ptr<log::Topic> topic_;
  std::unique_ptr<hudi::Table> table_;
  pipeline::Source definition_;
  metrics::Registry registry_;
  std::mt19937 random_{5};
  int64_t records_ = 0;
};

TEST_P(HudiSourceTest, FollowsATableCommitByCommit) {
  for (int i = 0; i < 6; ++i) {
    Commit();
    ASSERT_TRUE(RunOn(topic_).ok());
    EXPECT_EQ(Applied(), Expected()) << i;
  }
  const int64_t records = records_;
  ASSERT_TRUE(RunOn(topic_).ok());
  EXPECT_EQ(Applied(), Expected());
  EXPECT_EQ(records_, records) << "what was kept came again";
}

TEST_P(HudiSourceTest, NothingComesTwiceWhereAnAppendFails) {
  Commit();
  ASSERT_TRUE(RunOn(topic_).ok());
  Applied();
  const int64_t before = records_;
  Commit();
  // The same range without a failure tells how many records it has.
  const auto whole = log_->OpenTopic("whole", {.partitions = 3}).ValueOrDie();
  for (int32_t i = 0; i < 3; ++i) {
    const auto name = "hudi/" + std::to_string(i);
    ASSERT_TRUE(whole->StoreCursor({name, *topic_->ReadCursor(name).ValueOrDie()}).ok());
  }
  ASSERT_TRUE(RunOn(whole).ok());
  int64_t expected = 0;
  for (int32_t i = 0; i < 3; ++i) expected += whole->Offsets(i).ValueOrDie().next;
  for (const int fail_at : {2, 1, 1}) {
    EXPECT_FALSE(RunOn(std::make_shared<FailingTopic>(topic_, fail_at)).ok());
  }
  ASSERT_TRUE(RunOn(topic_).ok());
  EXPECT_EQ(Applied(), Expected());
  EXPECT_EQ(records_ - before, expected);
}

TEST_P(HudiSourceTest, LatestBeginsWithWhatComesNext) {
  Commit();
  hudi().start = "latest";
  ASSERT_TRUE(RunOn(topic_).ok());
  EXPECT_EQ(Applied().size(), 0u);
  Commit();  // while it doesn't run
  ASSERT_TRUE(RunOn(topic_).ok());
  EXPECT_GT(Applied().size(), 0u);
  EXPECT_LT(Applied().size(), Expected().size());
}

TEST_P(HudiSourceTest, AKeyThatTheTableDoesNotHaveIsRefused) {
  Commit();
  definition_.key = {"updated"};
  EXPECT_THAT(RunOn(topic_).message(), HasSubstr("'updated' is no key"));
}

INSTANTIATE_TEST_SUITE_P(Orderings, HudiSourceTest, ::testing::Values("", "updated"),
                         [](const auto& info) { return info.param.empty() ? "none" : info.param; });

}  // namespace
}  // namespace headrace::source
