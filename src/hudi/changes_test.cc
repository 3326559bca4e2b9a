// Time travel and changes of a range, against what the table was seen to hold.
#include "hudi/changes.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

#include "base/test_folder.h"
#include "hudi/commit.h"
#include "hudi/snapshot.h"

namespace headrace::hudi {
namespace {

using Rows = std::map<std::string, std::string>;  // identity to what else the row holds

struct Row {
  int64_t id;
  std::string region;
  int64_t updated;
  std::string name;
};

std::shared_ptr<arrow::Schema> TestSchema() {
  return arrow::schema(
      {arrow::field("id", arrow::int64(), false), arrow::field("region", arrow::utf8()),
       arrow::field("updated", arrow::int64()), arrow::field("name", arrow::utf8())});
}

std::vector<std::shared_ptr<arrow::RecordBatch>> ToBatches(const std::vector<Row>& rows) {
  arrow::Int64Builder ids, updates;
  arrow::StringBuilder regions, names;
  for (const Row& row : rows)
    EXPECT_TRUE(ids.Append(row.id).ok() && regions.Append(row.region).ok() &&
                updates.Append(row.updated).ok() && names.Append(row.name).ok());
  return {arrow::RecordBatch::Make(
      TestSchema(), static_cast<int64_t>(rows.size()),
      {*ids.Finish(), *regions.Finish(), *updates.Finish(), *names.Finish()})};
}

std::string TextOf(const arrow::RecordBatch& batch, const std::string& column, int64_t row) {
  return batch.GetColumnByName(column)->GetScalar(row).ValueOrDie()->ToString();
}

std::string IdentityOf(const arrow::RecordBatch& batch, int64_t row) {
  return TextOf(batch, "region", row) + "/" + TextOf(batch, "id", row);
}

Rows ToRows(arrow::RecordBatchReader& reader) {
  Rows rows;
  for (const auto& batch : reader) {
    EXPECT_TRUE(batch.ok()) << batch.status();
    if (!batch.ok()) break;
    for (int64_t i = 0; i < (*batch)->num_rows(); ++i) {
      const bool is_new = rows.emplace(IdentityOf(**batch, i), TextOf(**batch, "updated", i) + " " +
                                                                   TextOf(**batch, "name", i))
                              .second;
      EXPECT_TRUE(is_new) << "a key came twice";
    }
  }
  return rows;
}

Rows Snapshot(Table& table, const SnapshotOptions& options = {}) {
  const auto reader = ReadSnapshot(table, options);
  EXPECT_TRUE(reader.ok()) << reader.status();
  return ToRows(**reader);
}

struct Kind {
  std::string name;
  std::string order_by;
  std::vector<std::string> partition_by;
  int first_rows;  // 10,000 and more make base files
};

class ChangesTest : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    TableDefinition definition;
    definition.name = "events";
    definition.schema = TestSchema();
    definition.key = {"id"};
    definition.partition_by = GetParam().partition_by;
    definition.order_by = GetParam().order_by;
    definition.buckets = GetParam().first_rows < 10'000 ? 2 : 1;
    table_ =
        Table::OpenOrCreate(storage::OpenLocalStorage(folder_.path()), definition).ValueOrDie();
    std::mt19937 random(7);
    for (int number = 0; number < 6; ++number) {
      Write(random, number == 0 ? GetParam().first_rows : 60, number);
      states_.push_back(Snapshot(*table_));
    }
  }

  // Upserts and deletes of distinct keys; the first commit has no deletes.
  void Write(std::mt19937& random, int rows, int number) {
    std::vector<Row> upserts, deletes;
    for (int i = 0; i < rows; ++i) {
      const int64_t id = number == 0 ? i : random() % 5 + 5 * static_cast<int64_t>(i);
      Row row{id, id % 3 == 0 ? "eu" : "us", static_cast<int64_t>(random() % 9),
              fmt::format("{}-{}", number, id)};
      (number > 0 && random() % 3 == 0 ? deletes : upserts).push_back(row);
    }
    const auto commit = table_->Begin().ValueOrDie();
    ASSERT_TRUE(commit->Write(ToBatches(upserts), ToBatches(deletes)).ok());
    ASSERT_TRUE(commit->Complete({}).ok());
    times_.push_back(commit->instant().completion_time);
  }

  // Applies the changes of a range to the rows before it.
  Rows Apply(Rows rows, const std::string& from, const std::string& to) {
    const auto changes =
        TableChanges::Make(*table_, {.from = from, .to = to, .columns = {}}).ValueOrDie();
    for (size_t group = 0; group < changes->groups(); ++group) {
      const auto ids = changes->Deletes(group).ValueOrDie();
      const auto deleted = RowsOfIds(ids, table_->config(), TestSchema()).ValueOrDie();
      for (int64_t i = 0; i < deleted->num_rows(); ++i) {
        // Without partitions the region isn't told.
        const std::string id = "/" + TextOf(*deleted, "id", i);
        std::erase_if(rows, [&](const auto& row) {
          return GetParam().partition_by.empty() ? row.first.ends_with(id)
                                                 : row.first == IdentityOf(*deleted, i);
        });
      }
    }
    for (size_t group = 0; group < changes->groups(); ++group) {
      for (auto& [identity, row] : ToRows(**changes->Upserts(group))) rows[identity] = row;
    }
    return rows;
  }

  const TestFolder folder_;
  std::unique_ptr<Table> table_;
  std::vector<std::string> times_;
  std::vector<Rows> states_;
};

TEST_P(ChangesTest, TheTableIsReadAsEachCommitLeftIt) {
  for (size_t i = 0; i < times_.size(); ++i)
    EXPECT_EQ(Snapshot(*table_, {.as_of = times_[i]}), states_[i]) << i;
  EXPECT_EQ(Snapshot(*table_, {.as_of = "2001-01-01"}).size(), 0u);
  EXPECT_FALSE(ReadSnapshot(*table_, {.as_of = "yesterday"}).ok());
}

TEST_P(ChangesTest, ChangesLeadFromEachStateToEachLater) {
  for (size_t from = 0; from < times_.size(); ++from)
    for (size_t to = from; to < times_.size(); ++to)
      EXPECT_EQ(Apply(states_[from], times_[from], times_[to]), states_[to]) << from << " " << to;
  EXPECT_EQ(Apply({}, "", times_[3]), states_[3]);
}

TEST_P(ChangesTest, UpsertsAreWhatCommitsOfTheRangeWrote) {
  const auto reader = ReadIncremental(*table_, {.from = times_[2], .to = times_[4], .columns = {}});
  const Rows rows = ToRows(**reader);
  Rows expected;
  for (const auto& [identity, row] : states_[4])
    if (row.find(" 3-") != std::string::npos || row.find(" 4-") != std::string::npos)
      expected[identity] = row;
  EXPECT_EQ(rows, expected);
  EXPECT_GT(rows.size(), 10u);
}

TEST_P(ChangesTest, APredicateLeavesOutWhatItSaysAndNothingElse) {
  const auto compare = [](const std::string& column, Comparison::Operator op, auto value) {
    return Comparison{column, op, arrow::MakeScalar(value)};
  };
  using Operator = Comparison::Operator;
  const Rows all = states_.back();
  const auto count = [&](auto wanted) {
    return std::count_if(all.begin(), all.end(), [&](const auto& row) {
      const size_t slash = row.first.find('/');
      return wanted(row.first.substr(0, slash), std::stoll(row.first.substr(slash + 1)),
                    row.second);
    });
  };
  const auto read = [&](Predicate predicate) {
    SnapshotOptions options;
    options.predicate = std::move(predicate);
    options.threads = 2;
    return static_cast<int64_t>(Snapshot(*table_, options).size());
  };
  EXPECT_EQ(read({compare("region", Operator::kEqual, std::string("eu"))}),
            count([](const auto& region, auto, const auto&) { return region == "eu"; }));
  EXPECT_EQ(read({compare("id", Operator::kEqual, int64_t{13})}),
            count([](const auto&, auto id, const auto&) { return id == 13; }));
  EXPECT_EQ(read({compare("id", Operator::kGreater, int64_t{20}),
                  compare("id", Operator::kLessEqual, int64_t{90})}),
            count([](const auto&, auto id, const auto&) { return id > 20 && id <= 90; }));
  // What an update took out of a range must not come back as its old version.
  EXPECT_EQ(
      read({compare("name", Operator::kLess, std::string("1"))}),
      count([](const auto&, auto, const auto& row) { return row[row.find(' ') + 1] == '0'; }));
}

INSTANTIATE_TEST_SUITE_P(Tables, ChangesTest,
                         ::testing::Values(Kind{"ordered", "updated", {"region"}, 300},
                                           Kind{"unordered", "", {"region"}, 300},
                                           Kind{"unpartitioned", "updated", {}, 300},
                                           Kind{"base_files", "updated", {}, 11'000},
                                           Kind{"unordered_base_files", "", {}, 11'000}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace headrace::hudi
