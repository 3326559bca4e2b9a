#include "hudi/table.h"

#include <arrow/builder.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "hudi/table_test_support.h"
#include "storage/faulty_storage.h"

namespace headrace::hudi {
namespace {

using ::testing::HasSubstr;

TEST_F(TableTest, AnEmptyTableHasItsColumnsAndNoRows) {
  const auto table = OpenTable(PathOf("empty"));
  EXPECT_TRUE(table->schema()->Equals(*TestSchema()));
  EXPECT_EQ(ReadRows(PathOf("empty")).size(), 0u);
}

TEST_F(TableTest, UpsertsAndDeletesOfOneCommitAreVisibleAtOnce) {
  const std::string path = PathOf("t");
  const auto table = OpenTable(path);
  ASSERT_TRUE(
      WriteCommit(*table, {{"eu", 1, 10, "a"}, {"eu", 2, 10, "b"}, {"us", 1, 10, "c"}}, {}).ok());
  const auto commit = table->Begin().ValueOrDie();
  ASSERT_TRUE(commit
                  ->Write(ToBatches({{"eu", 1, 11, "d"}, {"us", 9, 1, std::nullopt}}),
                          ToBatches({{"eu", 2, 10, "b"}}))
                  .ok());
  EXPECT_EQ(ReadRows(path).size(), 3u);
  ASSERT_TRUE(commit->Complete({}).ok());
  const Rows expected = {{{"eu", 1}, {"eu", 1, 11, "d"}},
                         {{"us", 1}, {"us", 1, 10, "c"}},
                         {{"us", 9}, {"us", 9, 1, std::nullopt}}};
  EXPECT_EQ(ReadRows(path), expected);
}

TEST_F(TableTest, HundredsOfLogFilesAreReadRight) {
  const std::string path = PathOf("many");
  TableDefinition definition = Definition();
  definition.buckets = 1;
  definition.partition_by.clear();
  const auto table = OpenTable(path, definition);
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(
        WriteCommit(*table, {{"", i % 7, i, fmt::format("v{}", i)}},
                    i % 10 == 9 ? std::vector<Row>{{"", (i + 1) % 7, i, "x"}} : std::vector<Row>{})
            .ok());
  }
  const Rows rows = ReadRows(path);
  EXPECT_EQ(rows.size(), 6u);  // the last commit deletes 300 % 7
  EXPECT_EQ(rows.at({"", 299 % 7}).name, "v299");
  EXPECT_EQ(rows.at({"", 298 % 7}).name, "v298");
}

TEST_F(TableTest, ALargeFirstCommitMakesBaseFiles) {
  const std::string path = PathOf("base");
  const auto table = OpenTable(path);
  std::vector<Row> rows;
  for (int i = 0; i < 50'000; ++i) rows.push_back({"eu", i, 5, fmt::format("n{}", i)});
  ASSERT_TRUE(WriteCommit(*table, rows, {}).ok());
  ASSERT_TRUE(WriteCommit(*table, {{"eu", 7, 4, "late"}, {"eu", 8, 6, "new"}},
                          {{"eu", 9, 5, ""}, {"eu", 10, 4, "late"}})
                  .ok());
  const auto slices = table->FileSlices().ValueOrDie();
  ASSERT_EQ(slices.size(), 4u);
  for (const FileSlice& slice : slices) EXPECT_TRUE(slice.base.has_value());
  const Rows read = ReadRows(path);
  EXPECT_EQ(read.size(), 49'999u);
  EXPECT_EQ(read.at({"eu", 7}).name, "n7");
  EXPECT_EQ(read.at({"eu", 8}).name, "new");
  EXPECT_EQ(read.count({"eu", 9}), 0u);
  EXPECT_EQ(read.at({"eu", 10}).name, "n10");
}

// Cuts a writer off at every operation of two commits; afterwards the table is what one of the
// commits made it, and the next writer goes on.
TEST_F(TableTest, EveryCutLeavesTheTableWhole) {
  const std::vector<Row> first = {{"eu", 1, 1, "a"}, {"us", 2, 1, "b"}, {"us", 3, 1, "c"}};
  const std::vector<Row> second = {{"eu", 1, 2, "A"}, {"ap", 4, 1, "d"}};
  const std::vector<Row> deleted = {{"us", 2, 1, "b"}};
  const std::vector<Row> third = {{"eu", 5, 1, "e"}};
  const Rows after_first = {{{"eu", 1}, first[0]}, {{"us", 2}, first[1]}, {{"us", 3}, first[2]}};
  const Rows after_second = {{{"eu", 1}, second[0]}, {{"us", 3}, first[2]}, {{"ap", 4}, second[1]}};
  int cuts = 0;
  for (const auto mode : {storage::FaultMode::kNotDone, storage::FaultMode::kDoneButNotHeard}) {
    for (int64_t operations = 0;; ++operations) {
      SCOPED_TRACE(fmt::format("cut at {}", operations));
      const std::string path = PathOf("cut");
      std::filesystem::remove_all(path);
      ASSERT_TRUE(WriteCommit(*OpenTable(path), first, {}).ok());
      auto faulty = std::make_shared<storage::FaultyStorage>(storage::OpenLocalStorage(path),
                                                             operations, mode);
      auto table = Table::OpenOrCreate(faulty, Definition());
      const Status status = table.ok() ? WriteCommit(**table, second, deleted) : table.status();
      EXPECT_EQ(status.ok(), !faulty->failed());
      const Rows found = ReadRows(path);
      if (status.ok()) {
        EXPECT_EQ(found, after_second);
      }
      EXPECT_TRUE(found == after_first || found == after_second);
      const bool is_committed = found == after_second;
      // The next writer rolls back, is cut off while it does, and the one after it finishes.
      auto again = std::make_shared<storage::FaultyStorage>(storage::OpenLocalStorage(path),
                                                            operations % 7, mode);
      (void)Table::OpenOrCreate(again, Definition());
      EXPECT_EQ(ReadRows(path), found);
      const auto next = OpenTable(path);
      ASSERT_TRUE(WriteCommit(*next, third, {}).ok());
      Rows expected = is_committed ? after_second : after_first;
      expected[{"eu", 5}] = third[0];
      EXPECT_EQ(ReadRows(path), expected);
      for (const DataFile& file : ListDataFiles(next->storage()).ValueOrDie())
        EXPECT_TRUE(next->timeline().CompletionTime(file.name.instant).ValueOrDie().has_value())
            << file.path << " was left behind";
      ++cuts;
      if (!faulty->failed()) break;
    }
  }
  EXPECT_GT(cuts, 20);
}

TEST_F(TableTest, AFailedCommitIsRolledBackByTheNextOne) {
  const std::string path = PathOf("failed");
  const auto table = OpenTable(path);
  const auto commit = table->Begin().ValueOrDie();
  ASSERT_TRUE(commit->Write(ToBatches({{"eu", 1, 1, "lost"}}), {}).ok());
  ASSERT_TRUE(WriteCommit(*table, {{"eu", 2, 1, "kept"}}, {}).ok());
  EXPECT_EQ(ReadRows(path), (Rows{{{"eu", 2}, {"eu", 2, 1, "kept"}}}));
  EXPECT_EQ(ListDataFiles(table->storage()).ValueOrDie().size(), 1u);
}

TEST_F(TableTest, ASecondWriterIsNoticed) {
  const std::string path = PathOf("two");
  const auto table = OpenTable(path);
  const auto commit = table->Begin().ValueOrDie();
  ASSERT_TRUE(commit->Write(ToBatches({{"eu", 1, 1, "a"}}), {}).ok());
  ASSERT_TRUE(WriteCommit(*OpenTable(path), {{"eu", 2, 1, "b"}}, {}).ok());
  const Status status = commit->Complete({});
  EXPECT_THAT(status.message(), HasSubstr("one writer at a time"));
  EXPECT_EQ(ReadRows(path), (Rows{{{"eu", 2}, {"eu", 2, 1, "b"}}}));
}

TEST_F(TableTest, KeepsExtraMetadata) {
  const std::string path = PathOf("extra");
  const auto table = OpenTable(path);
  ASSERT_TRUE(WriteCommit(*table, {{"eu", 1, 1, "a"}}, {}, {{"k", "one"}}).ok());
  ASSERT_TRUE(WriteCommit(*table, {}, {}, {{"k", "tw\u00f6"}}).ok());
  std::vector<std::string> found;
  ASSERT_TRUE(OpenTable(path)
                  ->VisitExtraMetadata([&](const Table::ExtraMetadata& extra) -> Result<bool> {
                    found.push_back(extra.at("k"));
                    return true;
                  })
                  .ok());
  EXPECT_THAT(found, ::testing::ElementsAre("tw\u00f6", "one"));
}

TEST_F(TableTest, EveryDifferenceToTheTableIsSaid) {
  const std::string path = PathOf("differs");
  OpenTable(path);
  TableDefinition definition = Definition();
  definition.key = {"id", "region"};
  definition.order_by = "name";
  definition.buckets = 8;
  definition.schema = arrow::schema(
      {arrow::field("id", arrow::utf8(), false), arrow::field("region", arrow::utf8()),
       arrow::field("name", arrow::utf8()), arrow::field("more", arrow::utf8())});
  const Status status = Table::OpenOrCreate(storage::OpenLocalStorage(path), definition).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_EQ(DiagnosticsOf(status).size(), 5u) << status;
  for (const char* text : {"has the key id, the pipeline says id, region",
                           "has the ordering column updated, the pipeline says name",
                           "has the number of buckets 4, the pipeline says 8",
                           "the column 'id' is int64 in the table and string in the pipeline",
                           "the table has a column 'updated' that the pipeline doesn't write"})
    EXPECT_THAT(status.message(), HasSubstr(text));
}

TEST_F(TableTest, AWrongNumberOfBucketsIsFoundByTheKeys) {
  const std::string path = PathOf("buckets");
  std::vector<Row> rows;
  for (int id = 0; id < 50; ++id) rows.push_back({"eu", id, 1, "a"});
  ASSERT_TRUE(WriteCommit(*OpenTable(path), rows, {}).ok());
  const auto storage = storage::OpenLocalStorage(path);
  // As of a writer that keeps the number to itself.
  Properties properties = ParseProperties(storage->Get(".hoodie/hoodie.properties").ValueOrDie());
  properties.erase("hoodie.bucket.index.num.buckets");
  ASSERT_TRUE(storage->Put(".hoodie/hoodie.properties", FormatProperties(properties, "")).ok());
  EXPECT_EQ(OpenTable(path)->config().buckets, 4);
  TableDefinition definition = Definition();
  definition.buckets = 2;
  EXPECT_THAT(Table::OpenOrCreate(storage, definition).status().message(),
              HasSubstr("so more than the 2 buckets"));
  definition.buckets = 16;
  EXPECT_THAT(Table::OpenOrCreate(storage, definition).status().message(),
              HasSubstr("with the 16 buckets that the pipeline says it belongs into bucket"));
}

TEST_F(TableTest, WhatNoTableCanBeIsSaid) {
  TableDefinition definition = Definition();
  definition.schema = arrow::schema({arrow::field("id", arrow::float64())});
  definition.version = 7;
  const Status status =
      Table::OpenOrCreate(storage::OpenLocalStorage(PathOf("bad")), definition).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  for (const char* text :
       {"the key column 'id' has the type double", "the partition column 'region' is not among",
        "the ordering column 'updated' is not among", "no Hudi table of version 7"})
    EXPECT_THAT(status.message(), HasSubstr(text));
  EXPECT_FALSE(std::filesystem::exists(PathOf("bad")));
}

TEST_F(TableTest, RowsThatNoTableCanHoldAreRefused) {
  const auto table = OpenTable(PathOf("rows"));
  const Status bad_folder = WriteCommit(*table, {{"../x", 1, 1, "a"}}, {});
  EXPECT_EQ(KindOf(bad_folder), ErrorKind::kUser);
  EXPECT_THAT(bad_folder.message(), HasSubstr("cannot name a folder"));
  auto batches = ToBatches({{"eu", 1, 1, "a"}});
  arrow::Int64Builder nulls;
  ASSERT_TRUE(nulls.AppendNull().ok());
  batches[0] = batches[0]->SetColumn(2, TestSchema()->field(2), *nulls.Finish()).ValueOrDie();
  const auto commit = table->Begin().ValueOrDie();
  EXPECT_THAT(commit->Write(batches, {}).message(), HasSubstr("ordering column 'updated'"));
}

}  // namespace
}  // namespace headrace::hudi
