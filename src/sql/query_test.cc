#include "sql/query.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/table.h>
#include <gmock/gmock.h>

namespace headrace::sql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<arrow::Table> Numbers(int64_t count) {
  arrow::Int64Builder numbers;
  arrow::StringBuilder texts;
  for (int64_t i = 0; i < count; ++i) {
    EXPECT_TRUE(numbers.Append(i).ok());
    EXPECT_TRUE(texts.Append("a text that is longer than twelve bytes " + std::to_string(i)).ok());
  }
  const auto schema =
      arrow::schema({arrow::field("n", arrow::int64()), arrow::field("t", arrow::utf8())});
  return arrow::Table::Make(schema, {numbers.Finish().ValueOrDie(), texts.Finish().ValueOrDie()});
}

TEST(QueryTest, NamesTheTablesOfAStatement) {
  EXPECT_THAT(
      *TablesOf("SELECT * FROM b JOIN 'lake/quakes' USING (id), a WHERE x IN (SELECT 1 FROM a)"),
      ElementsAre("a", "b", "lake/quakes"));
  EXPECT_THAT(*TablesOf("WITH c AS (SELECT * FROM d) SELECT * FROM c"), ElementsAre("d"));
  EXPECT_THAT(*TablesOf("SELECT 1"), ElementsAre());
}

TEST(QueryTest, JoinsARelationWithItself) {
  const auto result = *RunQuery(
      "SELECT count(*) AS c, max(b.t) AS m FROM numbers a JOIN numbers b ON a.n = b.n + 1",
      {{"numbers", Numbers(10'000)}});
  EXPECT_EQ(result->num_rows(), 1);
  EXPECT_EQ((*result->column(0)->GetScalar(0))->ToString(), "9999");
  EXPECT_EQ((*result->column(1)->GetScalar(0))->ToString(),
            "a text that is longer than twelve bytes 9998");
}

TEST(QueryTest, ReadsPathsAsTables) {
  const auto result = *RunQuery("SELECT n FROM 'lake/quakes' ORDER BY n DESC LIMIT 2",
                                {{"lake/quakes", Numbers(5000)}});
  ASSERT_EQ(result->num_rows(), 2);
  EXPECT_EQ((*result->column(0)->GetScalar(0))->ToString(), "4999");
}

TEST(QueryTest, EmptyRelationsKeepTheirColumns) {
  const auto result = *RunQuery("SELECT * FROM numbers", {{"numbers", Numbers(0)}});
  EXPECT_EQ(result->num_rows(), 0);
  EXPECT_EQ(result->schema()->field(1)->name(), "t");
}

TEST(QueryTest, ErrorsAreTheUsers) {
  for (const char* sql : {"SELEC 1", "SELECT * FROM nowhere", "SELECT 1; SELECT 2", "",
                          "SELECT error('boom')", "SELECT * FROM read_csv('/etc/passwd')",
                          "COPY (SELECT 1) TO '/tmp/headrace_query.csv'", "INSTALL httpfs"}) {
    const auto result = RunQuery(sql, {});
    ASSERT_FALSE(result.ok()) << sql;
    EXPECT_EQ(KindOf(result.status()), ErrorKind::kUser) << result.status().ToString();
  }
  EXPECT_THAT(RunQuery("SELECT * FROM nowhere", {}).status().message(), HasSubstr("nowhere"));
  EXPECT_FALSE(TablesOf("SELEC 1").ok());
}

}  // namespace
}  // namespace headrace::sql
