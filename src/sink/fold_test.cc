#include "sink/fold.h"

#include <arrow/array.h>
#include <arrow/json/from_string.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "format/json_writer.h"

namespace headrace::sink {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const auto kSchema =
    arrow::schema({arrow::field("k", arrow::int32()), arrow::field("v", arrow::utf8()),
                   arrow::field("t", arrow::int64())});

ChangeBatch Make(const std::string& rows, const std::string& weights) {
  arrow::ArrayVector columns =
      arrow::RecordBatch::FromStructArray(
          arrow::json::ArrayFromJSONString(arrow::struct_(kSchema->fields()), rows).ValueOrDie())
          .ValueOrDie()
          ->columns();
  const bool weighted = !weights.empty();
  if (weighted)
    columns.push_back(arrow::json::ArrayFromJSONString(arrow::int8(), weights).ValueOrDie());
  const int64_t length = columns[0]->length();
  return arrow::RecordBatch::Make(ChangeSchema(*kSchema, weighted, false), length, columns);
}

std::vector<std::string> Rows(const Batches& batches) {
  std::vector<std::string> rows;
  for (const auto& batch : batches) {
    EXPECT_GT(batch->num_rows(), 0);
    EXPECT_TRUE(batch->schema()->Equals(*kSchema));
    for (int64_t i = 0; i < batch->num_rows(); ++i)
      format::WriteJsonRow(*batch, i, &rows.emplace_back());
  }
  return rows;
}

FoldedChanges Fold(const std::vector<ChangeBatch>& batches, std::vector<int> key = {0},
                   std::optional<int> order = std::nullopt) {
  ChangeFold fold(kSchema, std::move(key), order);
  for (const ChangeBatch& batch : batches) EXPECT_TRUE(fold.Add(batch).ok());
  return fold.Fold().ValueOrDie();
}

TEST(ChangeFold, PassesAppendedRowsWithoutAKey) {
  const auto out = Fold({Make(R"([{"k":1,"v":"a","t":1},{"k":1,"v":"a","t":1}])", "")}, {});
  EXPECT_EQ(out.upsert_rows(), 2);
  EXPECT_EQ(out.delete_rows(), 0);
  ChangeFold fold(kSchema, {}, std::nullopt);
  EXPECT_FALSE(fold.Add(Make(R"([{"k":1}])", "[1]")).ok());
}

TEST(ChangeFold, KeepsTheLastAppendedRowOfAKey) {
  const auto out = Fold({Make(R"([{"k":1,"v":"a","t":9},{"k":2,"v":"b","t":2}])", ""),
                         Make(R"([{"k":1,"v":"c","t":3}])", "")});
  EXPECT_THAT(Rows(out.upserts),
              ElementsAre(R"({"k":2,"v":"b","t":2})", R"({"k":1,"v":"c","t":3})"));
}

TEST(ChangeFold, KeepsTheHighestInOrder) {
  const auto batches = {Make(R"([{"k":1,"v":"a","t":9},{"k":2,"v":"b","t":null}])", ""),
                        Make(R"([{"k":1,"v":"c","t":3},{"k":2,"v":"d","t":-5},
                                 {"k":1,"v":"e","t":9}])",
                             "")};
  EXPECT_THAT(Rows(Fold(batches, {0}, 2).upserts),
              ElementsAre(R"({"k":2,"v":"d","t":-5})", R"({"k":1,"v":"e","t":9})"));
}

TEST(ChangeFold, MakesAnUpsertOfAReplacedRow) {
  const char* old_first = R"([{"k":1,"v":"old","t":1},{"k":1,"v":"new","t":2}])";
  const char* new_first = R"([{"k":1,"v":"new","t":2},{"k":1,"v":"old","t":1}])";
  for (const auto& batch : {Make(old_first, "[-1,1]"), Make(new_first, "[1,-1]")}) {
    const auto out = Fold({batch});
    EXPECT_THAT(Rows(out.upserts), ElementsAre(R"({"k":1,"v":"new","t":2})"));
    EXPECT_THAT(Rows(out.deletes), IsEmpty());
  }
}

TEST(ChangeFold, SaysWhichUpsertsReplaceARow) {
  const auto out = Fold({Make(R"([{"k":1,"v":"a","t":1},{"k":1,"v":"b","t":2},
                                  {"k":2,"v":"c","t":1}])",
                              "[-1,1,1]")});
  EXPECT_THAT(out.replaces, ElementsAre(true, false));
}

TEST(ChangeFold, MakesADeleteOfADisappearedRow) {
  const auto out = Fold({Make(R"([{"k":1,"v":"a","t":1},{"k":2,"v":"b","t":1}])", "[-1,1]")});
  EXPECT_THAT(Rows(out.upserts), ElementsAre(R"({"k":2,"v":"b","t":1})"));
  EXPECT_THAT(Rows(out.deletes), ElementsAre(R"({"k":1,"v":"a","t":1})"));
}

TEST(ChangeFold, MakesNothingOfWhatCancelsOut) {
  const auto out = Fold({Make(R"([{"k":1,"v":"a","t":1},{"k":1,"v":"b","t":2}])", "[-1,1]"),
                         Make(R"([{"k":1,"v":"b","t":2},{"k":1,"v":"a","t":1}])", "[-1,1]")});
  EXPECT_THAT(out.upserts, IsEmpty());
  EXPECT_THAT(out.deletes, IsEmpty());
}

TEST(ChangeFold, DeletesWhereARowWas) {
  // The column v is a partition: the old one gets a delete.
  const auto out =
      Fold({Make(R"([{"k":1,"v":"x","t":1},{"k":1,"v":"y","t":1}])", "[-1,1]")}, {0, 1});
  EXPECT_THAT(Rows(out.upserts), ElementsAre(R"({"k":1,"v":"y","t":1})"));
  EXPECT_THAT(Rows(out.deletes), ElementsAre(R"({"k":1,"v":"x","t":1})"));
}

TEST(ChangeFold, KnowsNullAsAKey) {
  const auto out = Fold({Make(R"([{"k":null,"v":"a","t":1},{"k":null,"v":"b","t":2}])", "[-1,1]")});
  EXPECT_THAT(Rows(out.upserts), ElementsAre(R"({"k":null,"v":"b","t":2})"));
}

// Any sequence of changes of a keyed table, shuffled within the epoch, gives the table's last
// state.
TEST(ChangeFold, FollowsATableWhateverTheOrderOfItsChanges) {
  std::mt19937 random(7);
  const auto json = [](int k, const std::string& v) {
    return "{\"k\":" + std::to_string(k) + ",\"v\":\"" + v + "\",\"t\":0}";
  };
  std::map<int, std::string> table;
  std::map<int, std::string> written;
  for (int epoch = 0; epoch < 200; ++epoch) {
    std::vector<std::pair<std::string, int>> changes;
    for (int i = 0; i < 20; ++i) {
      const int key = static_cast<int>(random() % 6);
      if (table.count(key) != 0) changes.emplace_back(json(key, table[key]), -1);
      table.erase(key);
      if (random() % 3 == 0) continue;
      table[key] = std::to_string(random() % 3);
      changes.emplace_back(json(key, table[key]), 1);
    }
    std::shuffle(changes.begin(), changes.end(), random);
    std::vector<ChangeBatch> batches;
    for (const auto& [row, weight] : changes)
      batches.push_back(Make("[" + row + "]", "[" + std::to_string(weight) + "]"));
    const auto out = Fold(batches);
    for (const auto& batch : out.deletes)
      written.erase(static_cast<const arrow::Int32Array&>(*batch->column(0)).Value(0));
    for (const auto& batch : out.upserts)
      written[static_cast<const arrow::Int32Array&>(*batch->column(0)).Value(0)] =
          static_cast<const arrow::StringArray&>(*batch->column(1)).GetString(0);
    ASSERT_EQ(written, table);
  }
}

}  // namespace
}  // namespace headrace::sink
