// Copy-on-write tables, tables without a key, and commits that overwrite partitions.
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include <set>

#include "hudi/table_schema.h"
#include "hudi/table_test_support.h"
#include "hudi/validation.h"

namespace headrace::hudi {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class TableKindsTest : public TableTest {
 protected:
  static TableDefinition CopyOnWrite() {
    TableDefinition definition = Definition();
    definition.type = TableType::kCopyOnWrite;
    return definition;
  }
  static TableDefinition WithoutKey(TableType type = TableType::kCopyOnWrite) {
    TableDefinition definition = Definition();
    definition.type = type;
    definition.key.clear();
    definition.order_by.clear();
    return definition;
  }
  static Status Overwrite(Table& table, const std::vector<Row>& rows) {
    ASSIGN_OR_RAISE(const auto commit, table.Begin(WriteOperation::kOverwritePartitions));
    RETURN_NOT_OK(commit->Write(ToBatches(rows), {}));
    return commit->Complete({{"k", "v"}});
  }
  static void CheckFiles(const std::string& path) {
    const auto validation = Validate(*storage::OpenLocalStorage(path)).ValueOrDie();
    for (const Finding& finding : validation.findings)
      EXPECT_FALSE(finding.is_error) << finding.file << ": " << finding.what;
  }
  // "id name" of each row, for tables in which rows repeat.
  static std::vector<std::string> Names(const std::string& path) {
    const auto batch = ReadTable(path).ValueOrDie()->CombineChunksToBatch().ValueOrDie();
    const auto& ids = static_cast<const arrow::Int64Array&>(*batch->GetColumnByName("id"));
    const auto& names = static_cast<const arrow::StringArray&>(*batch->GetColumnByName("name"));
    std::vector<std::string> rows;
    for (int64_t i = 0; i < batch->num_rows(); ++i)
      rows.push_back(fmt::format("{} {}", ids.Value(i), names.GetView(i)));
    return rows;
  }
};

TEST_F(TableKindsTest, ACopyOnWriteCommitWritesTheChangedGroupsAnew) {
  const std::string path = PathOf("cow");
  const auto table = OpenTable(path, CopyOnWrite());
  ASSERT_TRUE(
      WriteCommit(*table, {{"eu", 1, 10, "a"}, {"eu", 2, 10, "b"}, {"us", 1, 10, "c"}}, {}).ok());
  const auto before = table->FileSlices().ValueOrDie();
  const auto commit = table->Begin().ValueOrDie();
  ASSERT_TRUE(commit->Write(ToBatches({{"us", 1, 11, "d"}}), {}).ok());
  ASSERT_TRUE(commit->Complete({}).ok());
  EXPECT_EQ(commit->instant().action, "commit");
  const auto after = table->FileSlices().ValueOrDie();
  ASSERT_EQ(after.size(), before.size());
  int changed = 0;
  for (size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].file_id, before[i].file_id);
    EXPECT_TRUE(after[i].logs.empty());
    if (after[i].base->path != before[i].base->path) {
      ++changed;
      EXPECT_EQ(after[i].partition, "us");
    }
  }
  EXPECT_EQ(changed, 1);
  EXPECT_EQ(ReadRows(path).at({"us", 1}).name, "d");
  EXPECT_EQ(ReadRows(path).size(), 3u);
}

TEST_F(TableKindsTest, ACopyOnWriteTableKnowsWhatItsCommitsDid) {
  const auto table = OpenTable(PathOf("stats"), [] {
    TableDefinition definition = CopyOnWrite();
    definition.buckets = 1;
    return definition;
  }());
  ASSERT_TRUE(
      WriteCommit(*table, {{"eu", 1, 10, "a"}, {"eu", 2, 10, "b"}, {"eu", 3, 10, "c"}}, {}).ok());
  const auto commit = table->Begin().ValueOrDie();
  // One row is new, one replaces, one is too old; a delete of one that is there, of one that isn't.
  ASSERT_TRUE(commit
                  ->Write(ToBatches({{"eu", 9, 1, "n"}, {"eu", 1, 11, "r"}, {"eu", 2, 9, "old"}}),
                          ToBatches({{"eu", 3, 10, ""}, {"eu", 8, 10, ""}}))
                  .ok());
  ASSERT_EQ(commit->stats().size(), 1u);
  const WriteStat& stat = commit->stats()[0];
  EXPECT_EQ(stat.rows, 3);
  EXPECT_EQ(stat.inserts, 1);
  EXPECT_EQ(stat.updates, 1);
  EXPECT_EQ(stat.deletes, 1);
  ASSERT_TRUE(stat.previous.has_value());
  EXPECT_LT(stat.previous->instant, commit->instant().time);
}

TEST_F(TableKindsTest, ACopyOnWriteTableMayLoseAllRowsAndGetNewOnes) {
  const std::string path = PathOf("emptied");
  auto table = OpenTable(path, CopyOnWrite());
  ASSERT_TRUE(WriteCommit(*table, {}, {{"eu", 4, 10, ""}}).ok());  // of nothing
  ASSERT_TRUE(WriteCommit(*table, {{"eu", 1, 10, "a"}}, {}).ok());
  ASSERT_TRUE(WriteCommit(*table, {}, {{"eu", 1, 10, ""}}).ok());
  EXPECT_EQ(ReadRows(path).size(), 0u);
  table = OpenTable(path, CopyOnWrite());
  ASSERT_TRUE(WriteCommit(*table, {{"eu", 1, 1, "b"}}, {}).ok());
  EXPECT_EQ(ReadRows(path).at({"eu", 1}).name, "b");
  CheckFiles(path);
}

TEST_F(TableKindsTest, RowsWithoutAKeyAreAdded) {
  for (const TableType type : {TableType::kCopyOnWrite, TableType::kMergeOnRead}) {
    const std::string path = PathOf(type == TableType::kCopyOnWrite ? "added" : "added_mor");
    auto table = OpenTable(path, WithoutKey(type));
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(
          WriteCommit(*table, {{"eu", 1, 5, "a"}, {"eu", 1, 5, "a"}, {"us", 2, 5, "b"}}, {}).ok());
      if (i == 1) table = OpenTable(path, WithoutKey(type));
    }
    EXPECT_THAT(Names(path), UnorderedElementsAre("1 a", "1 a", "1 a", "1 a", "1 a", "1 a", "2 b",
                                                  "2 b", "2 b"));
    // Each row has a key of its own, and each commit files of its own.
    const auto rows = ReadTable(path, {.columns = {"_hoodie_record_key"}}).ValueOrDie();
    std::set<std::string> keys;
    for (int64_t i = 0; i < rows->num_rows(); ++i)
      keys.insert(rows->column(0)->GetScalar(i).ValueOrDie()->ToString());
    EXPECT_EQ(keys.size(), 9u);
    for (const FileSlice& slice : table->FileSlices().ValueOrDie())
      EXPECT_TRUE(slice.base.has_value() && slice.logs.empty());
    EXPECT_EQ(table->FileSlices().ValueOrDie().size(), 6u);
    CheckFiles(path);
    EXPECT_TRUE(WriteCommit(*table, {}, {{"eu", 1, 5, "a"}}).IsInvalid());
  }
}

TEST_F(TableKindsTest, AnOverwriteReplacesThePartitionsThatItWritesTo) {
  for (const bool has_key : {true, false}) {
    for (const TableType type : {TableType::kCopyOnWrite, TableType::kMergeOnRead}) {
      const std::string path =
          PathOf(fmt::format("overwrite{}{}", has_key, type == TableType::kCopyOnWrite));
      TableDefinition definition = WithoutKey(type);
      if (has_key) definition.key = {"id"};
      auto table = OpenTable(path, definition);
      ASSERT_TRUE(
          WriteCommit(*table, {{"eu", 1, 5, "a"}, {"eu", 2, 5, "b"}, {"us", 3, 5, "c"}}, {}).ok());
      ASSERT_TRUE(Overwrite(*table, {{"eu", 1, 1, "x"}, {"ap", 4, 1, "y"}}).ok());
      EXPECT_THAT(Names(path), UnorderedElementsAre("1 x", "3 c", "4 y"));
      ASSERT_TRUE(WriteCommit(*table, {{"eu", 7, 1, "z"}}, {}).ok());
      EXPECT_THAT(Names(path), UnorderedElementsAre("1 x", "3 c", "4 y", "7 z"));
      table = OpenTable(path, definition);
      ASSERT_TRUE(Overwrite(*table, {{"eu", 8, 1, "w"}}).ok());
      EXPECT_THAT(Names(path), UnorderedElementsAre("8 w", "3 c", "4 y"));
      // One that fails replaces nothing.
      const auto commit = table->Begin(WriteOperation::kOverwritePartitions).ValueOrDie();
      ASSERT_TRUE(commit->Write(ToBatches({{"us", 1, 1, "x"}}), {}).ok());
      ASSERT_TRUE(WriteCommit(*table, {{"us", 9, 1, "q"}}, {}).ok());
      EXPECT_THAT(Names(path), UnorderedElementsAre("8 w", "3 c", "4 y", "9 q"));
      CheckFiles(path);
    }
  }
}

TEST_F(TableKindsTest, ABaseFileTellsReadersWhatTheyMayLeaveOut) {
  const std::string path = PathOf("footer");
  TableDefinition definition = WithoutKey();
  definition.partition_by.clear();
  const auto table = OpenTable(path, definition);
  std::vector<Row> rows;
  for (int i = 0; i < 300'000; ++i) rows.push_back({"eu", i, 5, "n"});
  ASSERT_TRUE(WriteCommit(*table, rows, {}).ok());
  const auto slices = table->FileSlices().ValueOrDie();
  ASSERT_EQ(slices.size(), 1u);
  const auto reader = parquet::ParquetFileReader::OpenFile(path + "/" + slices[0].base->path);
  const auto& footer = *reader->metadata();
  EXPECT_EQ(footer.num_row_groups(), 2);
  const auto column = footer.RowGroup(1)->ColumnChunk(kMetaColumns);  // id
  EXPECT_EQ(column->compression(), parquet::Compression::ZSTD);
  EXPECT_TRUE(column->GetColumnIndexLocation().has_value());
  EXPECT_TRUE(column->GetOffsetIndexLocation().has_value());
  const auto& statistics = static_cast<const parquet::Int64Statistics&>(*column->statistics());
  EXPECT_EQ(statistics.min(), 256 << 10);
  EXPECT_EQ(statistics.max(), 299'999);
  for (const char* key : {"parquet.avro.schema", "hoodie_min_record_key", "hoodie_max_record_key",
                          "org.apache.hudi.bloomfilter", "hoodie_bloom_filter_type_code"})
    EXPECT_TRUE(footer.key_value_metadata()->Contains(key)) << key;
}

TEST_F(TableKindsTest, RowsThatComeInSmallBatchesAreEncodedTogether) {
  const std::string path = PathOf("pieces");
  TableDefinition definition = WithoutKey();
  definition.partition_by.clear();
  const auto table = OpenTable(path, definition);
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  for (int i = 0; i < 50; ++i) {
    std::vector<Row> rows;
    for (int j = 0; j < 100; ++j) rows.push_back({"eu", i, i * 100 + j, "n"});
    batches.push_back(ToBatches(rows)[0]);
  }
  const auto commit = table->Begin().ValueOrDie();
  ASSERT_TRUE(commit->Write(batches, {}).ok());
  ASSERT_TRUE(commit->Complete({}).ok());
  const auto slices = table->FileSlices().ValueOrDie();
  const auto reader = parquet::ParquetFileReader::OpenFile(path + "/" + slices.at(0).base->path);
  const auto group = reader->metadata()->RowGroup(0);
  EXPECT_EQ(group->num_rows(), 5000);
  EXPECT_TRUE(group->ColumnChunk(kMetaColumns)->has_dictionary_page()) << "id repeats its values";
  EXPECT_FALSE(group->ColumnChunk(kMetaColumns + 2)->has_dictionary_page()) << "updated does not";
}

TEST_F(TableKindsTest, FoldersInHivesStyleNameTheirColumns) {
  const std::string path = PathOf("hive");
  TableDefinition definition = Definition();
  definition.version = 9;
  definition.partition_by = {"region", "updated"};
  definition.hive_style_partitions = true;
  const auto table = OpenTable(path, definition);
  ASSERT_TRUE(WriteCommit(*table, {{"eu", 1, 10, "a"}}, {}).ok());
  const auto slices = table->FileSlices().ValueOrDie();
  ASSERT_EQ(slices.size(), 1u);
  EXPECT_EQ(slices[0].partition, "region=eu/updated=10");
  CheckFiles(path);
  definition.hive_style_partitions = false;
  EXPECT_THAT(Table::OpenOrCreate(storage::OpenLocalStorage(path), definition).status().message(),
              HasSubstr("has the partition folders in Hive's style (region=eu), the pipeline says "
                        "named by the value alone (eu)"));
}

TEST_F(TableKindsTest, ATableOfAnotherKindIsRefused) {
  const std::string path = PathOf("kind");
  OpenTable(path);
  for (const TableDefinition& definition : {CopyOnWrite(), WithoutKey(TableType::kMergeOnRead)}) {
    const Status status = Table::OpenOrCreate(storage::OpenLocalStorage(path), definition).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kUser);
    EXPECT_THAT(status.message(), HasSubstr("the pipeline says"));
  }
}

}  // namespace
}  // namespace headrace::hudi
