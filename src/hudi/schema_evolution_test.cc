#include "hudi/schema_evolution.h"

#include <gtest/gtest.h>

namespace headrace::hudi {
namespace {

using arrow::field;

std::shared_ptr<arrow::Schema> Table() {
  return arrow::schema(
      {field("id", arrow::int32(), false), field("updated", arrow::int32()),
       field("ratio", arrow::float32()), field("name", arrow::utf8(), false),
       field("place", arrow::struct_({field("x", arrow::int32())})),
       field("visits",
             arrow::list(field("element", arrow::struct_({field("who", arrow::utf8())}))))});
}

// Returns the table's schema with one field replaced.
std::shared_ptr<arrow::Schema> With(int index, std::shared_ptr<arrow::Field> field) {
  return Table()->SetField(index, std::move(field)).ValueOrDie();
}

TEST(SchemaEvolutionTest, ColumnsAreAddedBehindAndAreNullable) {
  std::vector<Diagnostic> findings;
  const auto wanted = Table()->AddField(0, field("new", arrow::utf8(), false)).ValueOrDie();
  const auto schema = EvolveSchema(*Table(), *wanted, "updated", &findings);
  EXPECT_TRUE(findings.empty());
  EXPECT_TRUE(
      schema->Equals(*Table()->AddField(6, field("new", arrow::utf8(), true)).ValueOrDie()));
}

TEST(SchemaEvolutionTest, WhatIsWiderOrMoreIsTaken) {
  const std::vector<std::pair<int, std::shared_ptr<arrow::Field>>> changes = {
      {0, field("id", arrow::int64(), false)},
      {2, field("ratio", arrow::float64())},
      {3, field("name", arrow::utf8(), true)},
      {4,
       field("place", arrow::struct_({field("x", arrow::float64()), field("y", arrow::utf8())}))},
      {5, field("visits",
                arrow::list(field("element", arrow::struct_({field("who", arrow::utf8()),
                                                             field("n", arrow::int32())}))))}};
  for (const auto& [index, change] : changes) {
    std::vector<Diagnostic> findings;
    const auto wider = With(index, change);
    EXPECT_TRUE(EvolveSchema(*Table(), *wider, "updated", &findings)->Equals(*wider)) << index;
    EXPECT_TRUE(findings.empty()) << index;
  }
}

TEST(SchemaEvolutionTest, NarrowerNumbersAreWrittenAsTheTableHasThem) {
  std::vector<Diagnostic> findings;
  const auto table = With(0, field("id", arrow::int64(), false));
  EXPECT_TRUE(EvolveSchema(*table, *Table(), "updated", &findings)->Equals(*table));
  EXPECT_TRUE(findings.empty());
}

TEST(SchemaEvolutionTest, WhatOldFilesCannotBeReadAsIsRefused) {
  for (const auto& wanted :
       {With(1, field("updated", arrow::int64())), With(2, field("ratio", arrow::int32())),
        With(3, field("name", arrow::binary(), false)),
        With(4, field("place", arrow::struct_({field("y", arrow::int32())}))),
        With(2, field("ratio", arrow::decimal128(5, 2))),
        With(0, field("id", arrow::utf8(), false)), Table()->RemoveField(2).ValueOrDie()}) {
    std::vector<Diagnostic> findings;
    EvolveSchema(*Table(), *wanted, "updated", &findings);
    EXPECT_EQ(findings.size(), 1u) << wanted->ToString();
  }
}

}  // namespace
}  // namespace headrace::hudi
