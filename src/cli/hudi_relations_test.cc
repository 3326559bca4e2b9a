#include "cli/hudi_relations.h"

#include <arrow/builder.h>
#include <arrow/table.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "hudi/commit.h"
#include "hudi/table.h"
#include "sql/query.h"

namespace headrace::cli {
namespace {

class HudiRelationsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    hudi::TableDefinition definition;
    definition.name = "t";
    definition.schema =
        arrow::schema({arrow::field("id", arrow::int64()), arrow::field("v", arrow::utf8())});
    definition.key = {"id"};
    const auto table =
        hudi::Table::OpenOrCreate(storage::OpenLocalStorage(folder_.path()), definition)
            .ValueOrDie();
    Commit(*table, {{1, "a"}, {2, "b"}}, {});
    Commit(*table, {{2, "c"}, {3, "d"}}, {{1, ""}});
  }
  using Rows = std::vector<std::pair<int64_t, std::string>>;
  static std::shared_ptr<arrow::RecordBatch> Batch(const hudi::Table& table, const Rows& rows) {
    arrow::Int64Builder ids;
    arrow::StringBuilder values;
    for (const auto& [id, value] : rows)
      EXPECT_TRUE(ids.Append(id).ok() && values.Append(value).ok());
    return arrow::RecordBatch::Make(table.schema(), static_cast<int64_t>(rows.size()),
                                    {*ids.Finish(), *values.Finish()});
  }
  void Commit(hudi::Table& table, const Rows& upserts, const Rows& deletes) {
    const auto commit = table.Begin().ValueOrDie();
    ASSERT_TRUE(commit->Write({Batch(table, upserts)}, {Batch(table, deletes)}).ok());
    ASSERT_TRUE(commit->Complete({}).ok());
    times_.push_back(commit->instant().completion_time);
  }

  // The text that a query makes of its rows, or its error.
  std::string Ask(const std::string& text, const std::string& from) {
    const auto table =
        sql::RunQuery(fmt::format("SELECT string_agg({}, ' ' ORDER BY id) FROM {}", text, from), {},
                      HudiFunctions({{{"sink", folder_.path()}}, {}}));
    if (!table.ok()) return DiagnosticsOf(table.status())[0].message;
    return (*table)->column(0)->GetScalar(0).ValueOrDie()->ToString();
  }

  const TestFolder folder_;
  std::vector<std::string> times_;
};

TEST_F(HudiRelationsTest, ATableIsReadAsItIsAndAsItWas) {
  EXPECT_EQ(Ask("v", "hudi('" + folder_.path() + "')"), "c d");
  EXPECT_EQ(Ask("v", "hudi('sink')"), "c d");
  EXPECT_EQ(Ask("v", "hudi('sink', as_of => '" + times_[0] + "')"), "a b");
  EXPECT_EQ(Ask("v", "hudi('sink', as_of => TIMESTAMP '2001-02-03 04:05:06')"), "null");
  EXPECT_EQ(Ask("v", "hudi('sink', as_of => 'now')"), "'now' is no time of a Hudi table");
  EXPECT_EQ(Ask("v", "hudi('sink', read_optimized => true)"), "null");
}

TEST_F(HudiRelationsTest, ChangesAreRowsWithWhatHappened) {
  EXPECT_EQ(Ask("_change || id || coalesce(v, '-')", "hudi_changes('sink', '" + times_[0] + "')"),
            "delete1- upsert2c upsert3d");
  EXPECT_EQ(Ask("id::VARCHAR", "hudi_changes('sink', '2001-01-01', until => '" + times_[0] + "')"),
            "1 2");
}

}  // namespace
}  // namespace headrace::cli
