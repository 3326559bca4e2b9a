#include "sql/query.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/table.h>
#include <gmock/gmock.h>

namespace headrace::sql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A table in memory that remembers which columns were read.
class TableRelation : public Relation {
 public:
  explicit TableRelation(std::shared_ptr<arrow::Table> table) : table_(std::move(table)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return table_->schema(); }
  Result<std::shared_ptr<arrow::RecordBatchReader>> Read(
      const std::vector<std::string>& columns) override {
    columns_read = columns;
    std::vector<int> indices;
    for (const std::string& column : columns)
      indices.push_back(table_->schema()->GetFieldIndex(column));
    ASSIGN_OR_RAISE(const auto table, table_->SelectColumns(indices));
    auto batches = std::make_shared<arrow::TableBatchReader>(table);
    batches->set_chunksize(3000);
    return batches;
  }
  std::vector<std::string> columns_read;

 private:
  const std::shared_ptr<arrow::Table> table_;
};

std::shared_ptr<TableRelation> Numbers(int64_t count) {
  arrow::Int64Builder numbers;
  arrow::StringBuilder texts;
  for (int64_t i = 0; i < count; ++i) {
    EXPECT_TRUE(numbers.Append(i).ok());
    EXPECT_TRUE(texts.Append("a text that is longer than twelve bytes " + std::to_string(i)).ok());
  }
  const auto schema =
      arrow::schema({arrow::field("n", arrow::int64()), arrow::field("t", arrow::utf8())});
  return std::make_shared<TableRelation>(
      arrow::Table::Make(schema, {numbers.Finish().ValueOrDie(), texts.Finish().ValueOrDie()}));
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

TEST(QueryTest, ReadsOnlyTheColumnsThatAStatementNeeds) {
  const auto numbers = Numbers(10'000);
  const auto sum = *RunQuery("SELECT sum(n) FROM numbers WHERE n > 5", {{"numbers", numbers}});
  EXPECT_EQ((*sum->column(0)->GetScalar(0))->ToString(), "49994985");
  EXPECT_THAT(numbers->columns_read, ElementsAre("n"));
  const auto count = *RunQuery("SELECT count(*) FROM numbers", {{"numbers", numbers}});
  EXPECT_EQ((*count->column(0)->GetScalar(0))->ToString(), "10000");
  EXPECT_THAT(numbers->columns_read, ElementsAre("n"));
  const auto last = *RunQuery("SELECT max(t) FROM numbers", {{"numbers", numbers}});
  EXPECT_EQ((*last->column(0)->GetScalar(0))->ToString(),
            "a text that is longer than twelve bytes 9999");
  EXPECT_THAT(numbers->columns_read, ElementsAre("t"));
}

TEST(QueryTest, FunctionsOpenRelations) {
  TableFunction function;
  function.name = "first";
  function.options = {"more"};
  function.open = [](const auto& arguments,
                     const auto& options) -> Result<std::shared_ptr<Relation>> {
    if (arguments[0] == "bad") return UserError("there is no bad", "try another");
    const auto more = options.find("more");
    return Numbers(std::stoll(arguments[0]) +
                   (more == options.end() ? 0 : std::stoll(more->second)));
  };
  const auto count = [&](const std::string& call) {
    const auto result = RunQuery("SELECT count(t) FROM " + call, {}, {function});
    return result.ok() ? (*(*result)->column(0)->GetScalar(0))->ToString()
                       : DiagnosticsOf(result.status())[0].hint;
  };
  EXPECT_EQ(count("first('7')"), "7");
  EXPECT_EQ(count("first('7', more => '3000')"), "3007");
  EXPECT_EQ(count("first('bad')"), "try another");
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
