#include "sql/lineage.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sql/analyzer.h"

namespace headrace::sql {
namespace {

using ::testing::ElementsAre;

constexpr const char* kFeed =
    "id STRING NOT NULL, properties STRUCT<mag: DOUBLE, time: TIMESTAMP, inner: STRUCT<a: INT, b: "
    "INT>>, tags ARRAY<STRUCT<name: STRING>>, labels MAP<STRING, STRING>";

PlanPtr PlanOf(const std::string& statement) {
  const auto plan =
      Analyze(statement, {{"feed", *ParseSchema(kFeed)}, {"other", *ParseSchema("x STRING")}});
  EXPECT_TRUE(plan.ok()) << plan.status();
  return *plan;
}

std::string Text(const std::set<ColumnPath>& paths) {
  std::string out;
  for (const ColumnPath& path : paths)
    out +=
        fmt::format("{}{}.{}", out.empty() ? "" : ", ", path.relation, fmt::join(path.path, "."));
  return out;
}

// "column: direct | indirect"
std::vector<std::string> LineageOf(const std::string& statement) {
  std::vector<std::string> out;
  for (const ColumnLineage& column : Lineage(*PlanOf(statement)))
    out.push_back(
        fmt::format("{}: {} | {}", column.column, Text(column.direct), Text(column.indirect)));
  return out;
}

std::string Read(const std::string& statement) { return Text(ReadColumns(*PlanOf(statement))); }

TEST(LineageTest, ColumnsFieldsAndPredicates) {
  EXPECT_THAT(LineageOf("SELECT id, properties.mag + properties.inner.a AS sum, 1 AS one FROM feed "
                        "WHERE properties.inner.b > 1 AND id <> ''"),
              ElementsAre("id: feed.id | feed.properties.inner.b",
                          "sum: feed.properties.inner.a, feed.properties.mag | feed.id, "
                          "feed.properties.inner.b",
                          "one:  | feed.id, feed.properties.inner.b"));
}

TEST(LineageTest, ElementsStopThePath) {
  EXPECT_THAT(LineageOf("SELECT tags[0].name AS tag, labels['k'] AS label FROM feed"),
              ElementsAre("tag: feed.tags | ", "label: feed.labels | "));
}

TEST(LineageTest, GroupsAndWindows) {
  EXPECT_THAT(
      LineageOf("SELECT window.start AS time, id, count(*) AS n, max(properties.mag) AS strongest "
                "FROM feed GROUP BY window(properties.time, '1 hour'), id"),
      ElementsAre("time: feed.properties.time | feed.id", "id: feed.id | feed.properties.time",
                  "n:  | feed.id, feed.properties.time",
                  "strongest: feed.properties.mag | feed.id, feed.properties.time"));
}

TEST(LineageTest, FieldsOfAStructThatIsAKey) {
  EXPECT_THAT(LineageOf("SELECT properties.inner.a, count(*) AS n FROM feed GROUP BY "
                        "properties.inner"),
              ElementsAre("a: feed.properties.inner.a | feed.properties.inner",
                          "n:  | feed.properties.inner"));
}

TEST(LineageTest, HavingDistinctAndUnion) {
  EXPECT_THAT(LineageOf("SELECT id FROM feed GROUP BY id HAVING max(properties.mag) > 5"),
              ElementsAre("id: feed.id | feed.properties.mag"));
  EXPECT_THAT(
      LineageOf("SELECT DISTINCT id, properties.mag FROM feed"),
      ElementsAre("id: feed.id | feed.properties.mag", "mag: feed.properties.mag | feed.id"));
  EXPECT_THAT(LineageOf("SELECT id FROM feed UNION ALL SELECT x FROM other WHERE x > 'a'"),
              ElementsAre("id: feed.id, other.x | "));
}

TEST(LineageTest, ReadColumns) {
  EXPECT_EQ(Read("SELECT id FROM feed WHERE properties.mag > 1"), "feed.id, feed.properties.mag");
  EXPECT_EQ(Read("SELECT properties.inner, properties.inner.a FROM feed WHERE properties.mag > 1"),
            "feed.properties.inner, feed.properties.mag");
  EXPECT_EQ(Read("SELECT * FROM feed WHERE properties.mag > 1"),
            "feed.id, feed.labels, feed.properties, feed.tags");
  EXPECT_EQ(Read("SELECT count(*) FROM feed"), "");
  EXPECT_EQ(Read("SELECT properties.inner.a, count(*) FROM feed GROUP BY properties.inner.a"),
            "feed.properties.inner.a");
}

TEST(LineageTest, PruneKeepsWhatIsNamed) {
  const auto schema = *ParseSchema(kFeed);
  const auto pruned = Prune(*schema, {{"feed", {"properties", "inner", "b"}},
                                      {"feed", {"properties", "mag"}},
                                      {"feed", {"tags"}},
                                      {"feed", {"gone"}}});
  EXPECT_TRUE(
      pruned->Equals(*ParseSchema("properties STRUCT<mag: DOUBLE, inner: STRUCT<b: INT>>, "
                                  "tags ARRAY<STRUCT<name: STRING>>")))
      << pruned->ToString();
  EXPECT_TRUE(Prune(*schema, {{"feed", {"properties"}}, {"feed", {"id"}}})
                  ->Equals(arrow::Schema({schema->field(0), schema->field(1)})));
  EXPECT_EQ(Prune(*schema, {})->num_fields(), 0);
}

// A statement analyzed against the pruned schema reads the same.
TEST(LineageTest, APrunedSchemaIsEnough) {
  const std::string statement =
      "SELECT properties.inner.a AS a, labels.k AS k FROM feed WHERE properties.mag > 1";
  const auto pruned = Prune(**ParseSchema(kFeed), ReadColumns(*PlanOf(statement)));
  const auto again = Analyze(statement, {{"feed", pruned}});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(ReadColumns(**again), ReadColumns(*PlanOf(statement)));
}

}  // namespace
}  // namespace headrace::sql
