#include "sink/hudi_sink.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <gmock/gmock.h>

#include "hudi/snapshot.h"
#include "sink/change_rows.h"

namespace headrace::sink {
namespace {

std::shared_ptr<arrow::Schema> Schema() {
  return arrow::schema({arrow::field("id", arrow::int64()), arrow::field("region", arrow::utf8()),
                        arrow::field("updated", arrow::int64())});
}

struct Change {
  int64_t id;
  std::string region;
  int64_t updated;
  int8_t weight;
};

ChangeBatch Batch(const std::vector<Change>& changes) {
  arrow::Int64Builder ids, updates;
  arrow::StringBuilder regions;
  arrow::Int8Builder weights;
  for (const Change& change : changes) {
    EXPECT_TRUE(ids.Append(change.id).ok() && regions.Append(change.region).ok() &&
                updates.Append(change.updated).ok() && weights.Append(change.weight).ok());
  }
  return arrow::RecordBatch::Make(
      ChangeSchema(*Schema(), true, false), static_cast<int64_t>(changes.size()),
      {*ids.Finish(), *regions.Finish(), *updates.Finish(), *weights.Finish()});
}

class HudiSinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    pipeline_.name = "test";
    definition_.name = "table";
    pipeline::HudiSink options;
    options.path = folder_.path();
    options.key = {"id"};
    options.partition_by = {"region"};
    options.order_by = "updated";
    definition_.connector = options;
  }

  Result<std::unique_ptr<Sink>> Open() { return Open(Schema()); }
  Result<std::unique_ptr<Sink>> Open(const std::shared_ptr<arrow::Schema>& schema) {
    return MakeHudiSink(pipeline_, definition_, schema, registry_);
  }
  pipeline::HudiSink& options() { return std::get<pipeline::HudiSink>(definition_.connector); }

  Epoch EpochOf(int64_t number) {
    return {pipeline_.name, number, number * 1'000'000, {{"feed", 0, number * 10}}};
  }

  // "id/region/updated" of each row, sorted.
  std::vector<std::string> Rows() {
    const auto table = hudi::ReadTable(folder_.path()).ValueOrDie();
    const auto batch = table->CombineChunksToBatch().ValueOrDie();
    std::vector<std::string> rows;
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      std::string row;
      for (const auto& column : batch->columns())
        row += (row.empty() ? "" : "/") + column->GetScalar(i).ValueOrDie()->ToString();
      rows.push_back(row);
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  const TestFolder folder_;
  pipeline::Pipeline pipeline_;
  pipeline::Sink definition_;
  metrics::Registry registry_;
};

TEST_F(HudiSinkTest, AnEpochIsOneCommitThatKnowsItsNumber) {
  auto sink = Open().ValueOrDie();
  EXPECT_EQ(sink->LastCommittedEpoch().ValueOrDie(), 0);
  ASSERT_TRUE(sink->Write(Batch({{1, "eu", 5, 1}, {2, "eu", 5, 1}})).ok());
  ASSERT_TRUE(sink->Write(Batch({{2, "eu", 5, -1}, {2, "eu", 6, 1}, {3, "us", 1, 1}})).ok());
  ASSERT_TRUE(sink->Commit(EpochOf(7), {}).ok());
  EXPECT_THAT(Rows(), ::testing::ElementsAre("1/eu/5", "2/eu/6", "3/us/1"));
  EXPECT_EQ(sink->totals().upserts, 3);
  EXPECT_EQ(sink->totals().commits, 1);
  ASSERT_TRUE(sink->Commit(EpochOf(8), {}).ok());  // without changes
  EXPECT_EQ(sink->totals().commits, 1);
  sink = Open().ValueOrDie();
  EXPECT_EQ(sink->LastCommittedEpoch().ValueOrDie(), 7);
}

TEST_F(HudiSinkTest, RowsDisappearAndMoveBetweenPartitions) {
  const auto sink = Open().ValueOrDie();
  ASSERT_TRUE(sink->Write(Batch({{1, "eu", 5, 1}, {2, "eu", 5, 1}})).ok());
  ASSERT_TRUE(sink->Commit(EpochOf(1), {}).ok());
  ASSERT_TRUE(sink->Write(Batch({{1, "eu", 5, -1}, {2, "eu", 5, -1}, {2, "us", 6, 1}})).ok());
  ASSERT_TRUE(sink->Commit(EpochOf(2), {}).ok());
  EXPECT_THAT(Rows(), ::testing::ElementsAre("2/us/6"));
  EXPECT_EQ(sink->totals().deletes, 2);
}

TEST_F(HudiSinkTest, AnotherPipelinesEpochsAreNotOurs) {
  auto sink = Open().ValueOrDie();
  ASSERT_TRUE(sink->Write(Batch({{1, "eu", 5, 1}})).ok());
  ASSERT_TRUE(sink->Commit(EpochOf(9), {}).ok());
  pipeline_.name = "other";
  sink = Open().ValueOrDie();
  EXPECT_EQ(sink->LastCommittedEpoch().ValueOrDie(), 0);
}

TEST_F(HudiSinkTest, AColumnSaysWhichRowsAreDeleted) {
  options().delete_when = "gone";
  const std::string ddl = "id BIGINT, region STRING, updated BIGINT, gone BOOLEAN";
  const auto sink = Open(sql::ParseSchema(ddl).ValueOrDie()).ValueOrDie();
  const auto write = [&](int64_t epoch, const std::string& rows) {
    ASSERT_TRUE(sink->Write(ChangesOf(ddl, rows, "")).ok());
    ASSERT_TRUE(sink->Commit(EpochOf(epoch), {}).ok());
  };
  write(1, R"([[1, "eu", 5, false], [2, "eu", 5, null], [3, "eu", 5, null], [4, "eu", 5, true]])");
  EXPECT_THAT(Rows(), ::testing::ElementsAre("1/eu/5", "2/eu/5", "3/eu/5"));
  // The newest row of a key counts, within an epoch and beyond it.
  write(2, R"([[1, "eu", 6, true], [1, "eu", 5, false], [2, "eu", 4, true], [3, "eu", 5, true]])");
  EXPECT_THAT(Rows(), ::testing::ElementsAre("2/eu/5"));
  write(3, R"([[1, "eu", 5, false], [3, "eu", 6, false]])");
  EXPECT_THAT(Rows(), ::testing::ElementsAre("2/eu/5", "3/eu/6"));
  EXPECT_EQ(sink->totals().deletes, 4);
}

TEST_F(HudiSinkTest, WithoutAKeyRowsAreAddedOnce) {
  options().key.clear();
  options().order_by.clear();
  const std::string ddl = "id BIGINT, region STRING, updated BIGINT";
  auto sink = Open().ValueOrDie();
  for (int64_t epoch = 1; epoch <= 2; ++epoch) {
    ASSERT_TRUE(
        sink->Write(ChangesOf(ddl, R"([[1, "eu", 5], [1, "eu", 5], [2, "us", 6]])", "")).ok());
    ASSERT_TRUE(sink->Commit(EpochOf(epoch), {}).ok());
    sink = Open().ValueOrDie();
    EXPECT_EQ(sink->LastCommittedEpoch().ValueOrDie(), epoch);
  }
  EXPECT_THAT(Rows(),
              ::testing::ElementsAre("1/eu/5", "1/eu/5", "1/eu/5", "1/eu/5", "2/us/6", "2/us/6"));
}

TEST_F(HudiSinkTest, AnEpochMayOverwriteItsPartitions) {
  options().key.clear();
  options().order_by.clear();
  options().mode = pipeline::HudiSink::Mode::kOverwritePartitions;
  const std::string ddl = "id BIGINT, region STRING, updated BIGINT";
  auto sink = Open().ValueOrDie();
  ASSERT_TRUE(sink->Write(ChangesOf(ddl, R"([[1, "eu", 5], [2, "us", 6]])", "")).ok());
  ASSERT_TRUE(sink->Commit(EpochOf(1), {}).ok());
  ASSERT_TRUE(sink->Write(ChangesOf(ddl, R"([[3, "eu", 1], [4, "eu", 1]])", "")).ok());
  ASSERT_TRUE(sink->Commit(EpochOf(2), {}).ok());
  EXPECT_THAT(Rows(), ::testing::ElementsAre("2/us/6", "3/eu/1", "4/eu/1"));
  sink = Open().ValueOrDie();
  EXPECT_EQ(sink->LastCommittedEpoch().ValueOrDie(), 2);
}

TEST_F(HudiSinkTest, ATableThatDoesNotFitIsAUserError) {
  ASSERT_TRUE(Open().ok());
  options().buckets = 9;
  const Status status = Open().status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), ::testing::HasSubstr("sink 'table': the Hudi table"));
}

}  // namespace
}  // namespace headrace::sink
