#include "hudi/table.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <random>

#include "hudi/commit.h"
#include "hudi/snapshot.h"
#include "storage/faulty_storage.h"

namespace headrace::hudi {
namespace {

using ::testing::HasSubstr;

// A row of the tables below; the rows of a table by region and id.
struct Row {
  std::string region;
  int64_t id = 0;
  int64_t updated = 0;
  std::optional<std::string> name;
  bool operator==(const Row&) const = default;
};
using Rows = std::map<std::pair<std::string, int64_t>, Row>;

void PrintTo(const Row& row, std::ostream* out) {
  *out << fmt::format("{}/{} at {}: {}", row.region, row.id, row.updated,
                      row.name.value_or("NULL"));
}

std::shared_ptr<arrow::Schema> TestSchema() {
  return arrow::schema(
      {arrow::field("id", arrow::int64(), false), arrow::field("region", arrow::utf8()),
       arrow::field("updated", arrow::int64()), arrow::field("name", arrow::utf8())});
}

std::vector<std::shared_ptr<arrow::RecordBatch>> ToBatches(const std::vector<Row>& rows) {
  arrow::Int64Builder ids, updates;
  arrow::StringBuilder regions, names;
  for (const Row& row : rows) {
    EXPECT_TRUE(ids.Append(row.id).ok() && regions.Append(row.region).ok());
    EXPECT_TRUE(updates.Append(row.updated).ok());
    EXPECT_TRUE(row.name ? names.Append(*row.name).ok() : names.AppendNull().ok());
  }
  return {arrow::RecordBatch::Make(
      TestSchema(), static_cast<int64_t>(rows.size()),
      {*ids.Finish(), *regions.Finish(), *updates.Finish(), *names.Finish()})};
}

Rows ReadRows(const std::string& path) {
  Rows rows;
  const auto result = ReadTable(path);
  EXPECT_TRUE(result.ok()) << result.status();
  if (!result.ok()) return rows;
  const auto batch = result.ValueOrDie()->CombineChunksToBatch().ValueOrDie();
  const auto& ids = static_cast<const arrow::Int64Array&>(*batch->GetColumnByName("id"));
  const auto& regions = static_cast<const arrow::StringArray&>(*batch->GetColumnByName("region"));
  const auto& updates = static_cast<const arrow::Int64Array&>(*batch->GetColumnByName("updated"));
  const auto& names = static_cast<const arrow::StringArray&>(*batch->GetColumnByName("name"));
  for (int64_t i = 0; i < batch->num_rows(); ++i) {
    Row row{regions.GetString(i), ids.Value(i), updates.Value(i), std::nullopt};
    if (names.IsValid(i)) row.name = names.GetString(i);
    EXPECT_TRUE(rows.emplace(std::pair(row.region, row.id), row).second) << "a key came twice";
  }
  return rows;
}

class TableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // Thousands of small files are synced: in memory where there is such a folder.
    const std::filesystem::path memory = "/dev/shm";
    folder_ = (std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path()) /
              ("headrace_hudi_test." + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string PathOf(const std::string& name) { return folder_.string() + "/" + name; }

  static TableDefinition Definition() {
    TableDefinition definition;
    definition.name = "events";
    definition.schema = TestSchema();
    definition.key = {"id"};
    definition.partition_by = {"region"};
    definition.order_by = "updated";
    return definition;
  }

  static std::unique_ptr<Table> OpenTable(const std::string& path,
                                          const TableDefinition& definition = Definition()) {
    auto table = Table::OpenOrCreate(storage::OpenLocalStorage(path), definition);
    EXPECT_TRUE(table.ok()) << table.status();
    return std::move(table).ValueOrDie();
  }

  static Status WriteCommit(Table& table, const std::vector<Row>& upserts,
                            const std::vector<Row>& deletes,
                            const std::map<std::string, std::string>& extra = {}) {
    ASSIGN_OR_RAISE(const auto commit, table.Begin());
    RETURN_NOT_OK(commit->Write(ToBatches(upserts), ToBatches(deletes)));
    return commit->Complete(extra);
  }

  std::filesystem::path folder_;
};

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

// What Hudi's merge rules say, in memory.
class Oracle {
 public:
  explicit Oracle(bool is_ordered) : is_ordered_(is_ordered) {}

  void Upsert(const Row& row) { Apply(row, false); }
  void Delete(const Row& row) { Apply(row, true); }
  Rows rows() const {
    Rows live;
    for (const auto& [key, version] : versions_)
      if (!version.is_deleted) live[key] = version.row;
    return live;
  }

 private:
  struct Version {
    Row row;
    bool is_deleted = false;
  };
  void Apply(const Row& row, bool is_delete) {
    const std::pair key(row.region, row.id);
    const auto known = versions_.find(key);
    if (is_ordered_ && known != versions_.end() && row.updated < known->second.row.updated) return;
    versions_[key] = {row, is_delete};
  }
  const bool is_ordered_;
  std::map<std::pair<std::string, int64_t>, Version> versions_;
};

struct Change {
  std::vector<Row> upserts, deletes;
};

// Up to `rows_max` changes of distinct keys.
Change RandomChange(std::mt19937& random, int rows_max) {
  Change change;
  std::set<std::pair<std::string, int64_t>> keys;
  const int rows = static_cast<int>(random() % (rows_max + 1));
  for (int i = 0; i < rows; ++i) {
    Row row;
    row.region = std::vector<std::string>{"eu", "us", "ap-1"}[random() % 3];
    row.id = static_cast<int64_t>(random() % 60) - 5;
    row.updated = static_cast<int64_t>(random() % 20);
    if (random() % 4 != 0) row.name = fmt::format("n\u00e9{}", random() % 1000);
    if (!keys.emplace(row.region, row.id).second) continue;
    (random() % 4 == 0 ? change.deletes : change.upserts).push_back(row);
  }
  return change;
}

TEST_F(TableTest, RandomHistoriesEqualTheOracle) {
  for (int seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 random(seed);
    const std::string path = PathOf(fmt::format("random{}", seed));
    TableDefinition definition = Definition();
    definition.version = seed % 2 == 0 ? 8 : 9;
    definition.buckets = 1 + seed % 5;
    const bool is_ordered = seed % 3 != 0;
    if (!is_ordered) definition.order_by.clear();
    Oracle oracle(is_ordered);
    auto table = OpenTable(path, definition);
    const int commits = 2 + static_cast<int>(random() % 8);
    for (int i = 0; i < commits; ++i) {
      const Change change = RandomChange(random, seed % 7 == 0 ? 120 : 30);
      if (random() % 6 == 0) {  // a writer that dies
        const auto commit = table->Begin().ValueOrDie();
        ASSERT_TRUE(commit->Write(ToBatches(change.upserts), ToBatches(change.deletes)).ok());
        if (random() % 2 == 0) table = OpenTable(path, definition);
        continue;
      }
      ASSERT_TRUE(WriteCommit(*table, change.upserts, change.deletes).ok());
      for (const Row& row : change.upserts) oracle.Upsert(row);
      for (const Row& row : change.deletes) oracle.Delete(row);
      if (random() % 3 == 0) {
        ASSERT_EQ(ReadRows(path), oracle.rows());
      }
      if (random() % 4 == 0) table = OpenTable(path, definition);
    }
    ASSERT_EQ(ReadRows(path), oracle.rows());
  }
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
  EXPECT_EQ(DiagnosticsOf(status).size(), 6u) << status;
  for (const char* text : {"has the key id, the pipeline says id, region",
                           "has the ordering column updated, the pipeline says name",
                           "has the number of buckets 4, the pipeline says 8",
                           "the column 'id' is int64 in the table and string in the pipeline",
                           "the table has a column 'updated' that the pipeline doesn't write",
                           "the table has no column 'more', which the pipeline writes"})
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
