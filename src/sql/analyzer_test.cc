#include "sql/analyzer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sql/plan_text.h"

namespace headrace::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Relations& TestRelations() {
  static const Relations relations = {
      {"quakes", *ParseSchema("id STRING NOT NULL, time TIMESTAMP, mag DOUBLE, place STRING, "
                              "depth INT, felt BIGINT, day DATE, local TIMESTAMP_NTZ")},
      {"feed", *ParseSchema("id STRING NOT NULL, properties STRUCT<mag: DOUBLE, time: BIGINT, "
                            "type: STRING>, geometry STRUCT<coordinates: ARRAY<DOUBLE>>, "
                            "labels MAP<STRING, STRING>")},
      {"lake.events",
       arrow::schema({arrow::field("id", arrow::int32()), arrow::field("Two Words", arrow::utf8()),
                      arrow::field("ID2", arrow::int32()), arrow::field("id2", arrow::int32())})}};
  return relations;
}

std::string Plan(const std::string& statement) {
  const auto plan = Analyze(statement, TestRelations());
  if (plan.ok()) return "\n" + PlanText(**plan);
  EXPECT_EQ(KindOf(plan.status()), ErrorKind::kUser) << plan.status();
  return "error: " + plan.status().message();
}

std::string Errors(const std::string& statement) {
  const auto plan = Analyze(statement, TestRelations());
  if (plan.ok()) return "analyzed";
  EXPECT_EQ(KindOf(plan.status()), ErrorKind::kUser) << plan.status();
  std::string out;
  for (const Diagnostic& diagnostic : DiagnosticsOf(plan.status()))
    out += Render(diagnostic, "sql", statement) + "\n";
  return out;
}

std::vector<std::string> Columns(const std::string& statement) {
  const auto plan = Analyze(statement, TestRelations());
  if (!plan.ok()) return {Errors(statement)};
  return (*plan)->schema->field_names();
}

// "name TYPE", with NOT NULL.
std::vector<std::string> Schema(const std::string& statement) {
  const auto plan = Analyze(statement, TestRelations());
  if (!plan.ok()) return {Errors(statement)};
  std::vector<std::string> out;
  for (const auto& field : (*plan)->schema->fields())
    out.push_back(field->name() + " " + TypeName(*field->type()) +
                  (field->nullable() ? "" : " NOT NULL"));
  return out;
}

TEST(AnalyzerTest, TheViewsOfTheExample) {
  EXPECT_EQ(Plan("SELECT id, timestamp_millis(properties.time) AS time, properties.mag AS mag,\n"
                 "geometry.coordinates[0] AS longitude\n"
                 "FROM feed WHERE properties.type = 'earthquake'"),
            R"(
Project id, timestamp_millis(properties.time) AS time, properties.mag AS mag, geometry.coordinates[0] AS longitude
  Filter (properties.type = 'earthquake')
    Scan feed
)");
  EXPECT_EQ(Plan("SELECT window.start AS time, floor(mag) AS magnitude, count(*) AS quakes, "
                 "max(mag) AS strongest\n"
                 "FROM quakes GROUP BY window(time, '1 hour'), floor(mag)"),
            R"(
Project window.start AS time, floor(mag) AS magnitude, count(*) AS quakes, max(mag) AS strongest
  Aggregate by window(time, 1 hour), floor(mag) compute count(*), max(mag)
    Project time, floor(mag), mag
      Filter (time IS NOT NULL)
        Scan quakes
)");
}

TEST(AnalyzerTest, NamesIgnoreCaseAndKeepTheSpellingOfTheQuery) {
  EXPECT_THAT(Schema("SELECT ID, Quakes.MAG, q.Place AS p FROM quakes"),
              ElementsAre(HasSubstr("unknown column 'q'")));
  EXPECT_THAT(Schema("SELECT ID, q.MAG, q.Place AS p FROM Quakes AS q"),
              ElementsAre("ID STRING NOT NULL", "MAG DOUBLE", "p STRING"));
  EXPECT_THAT(Schema("SELECT Properties.Mag, feed.properties.type, FEED.id FROM feed"),
              ElementsAre("Mag DOUBLE", "type STRING", "id STRING NOT NULL"));
  EXPECT_THAT(Columns("SELECT `two words` FROM lake.events"), ElementsAre("two words"));
  EXPECT_THAT(Columns("SELECT events.id FROM lake.events"), ElementsAre("id"));
}

TEST(AnalyzerTest, UnknownNamesAreErrorsWithHints) {
  EXPECT_EQ(
      Errors("SELECT id\nFROM quakes\nWHERE magnitude > 4.5 AND plac = 'x'"),
      "sql:3:7: error: unknown column 'magnitude' in 'quakes'\n"
      "    3 | WHERE magnitude > 4.5 AND plac = 'x'\n"
      "      |       ^~~~~~~~~\n"
      "   the columns of 'quakes' are: id, time, mag, place, depth, felt, day, local\n"
      "sql:3:27: error: unknown column 'plac' in 'quakes'\n"
      "    3 | WHERE magnitude > 4.5 AND plac = 'x'\n"
      "      |                           ^~~~\n"
      "   the columns of 'quakes' are: id, time, mag, place, depth, felt, day, local; did you "
      "mean 'place'?\n");
  EXPECT_EQ(Errors("SELECT * FROM quake"),
            "sql:1:15: error: unknown source or view 'quake'\n"
            "    1 | SELECT * FROM quake\n"
            "      |               ^~~~~\n"
            "   the sources and views are: feed, lake.events, quakes; did you mean 'quakes'?\n");
  EXPECT_EQ(Errors("SELECT properties.magn FROM feed"),
            "sql:1:19: error: unknown field 'magn'\n"
            "    1 | SELECT properties.magn FROM feed\n"
            "      |                   ^~~~\n"
            "   the fields are: mag, time, type; did you mean 'mag'?\n");
  EXPECT_THAT(Errors("SELECT mag.x FROM quakes"), HasSubstr("1:12: error: a DOUBLE has no fields"));
  EXPECT_THAT(Errors("SELECT quakes.nothing FROM quakes"),
              HasSubstr("1:15: error: unknown column 'nothing'"));
}

TEST(AnalyzerTest, ErrorsOfAllClausesComeAtOnce) {
  const std::string errors = Errors(
      "SELECT a1, mag, upper(a2, a3) FROM quakes WHERE a4 GROUP BY a5 HAVING a6 UNION ALL "
      "SELECT 1 FROM nowhere");
  for (const char* name : {"a1", "a2", "a3", "a4", "a5", "a6", "nowhere"})
    EXPECT_THAT(errors, HasSubstr("'" + std::string(name) + "'"));
}

TEST(AnalyzerTest, AmbiguousNames) {
  EXPECT_THAT(Errors("SELECT id2 FROM lake.events"),
              HasSubstr("1:8: error: the name 'id2' is ambiguous: 2 columns of 'lake.events'"));
}

TEST(AnalyzerTest, OutputNamesAreUnique) {
  EXPECT_THAT(Errors("SELECT mag, depth AS MAG FROM quakes"),
              HasSubstr("1:22: error: two columns are named 'MAG'\n"));
  EXPECT_THAT(Errors("SELECT *, id FROM quakes"), HasSubstr("1:11: error: two columns"));
}

TEST(AnalyzerTest, Stars) {
  EXPECT_THAT(Columns("SELECT * FROM quakes"),
              ElementsAre("id", "time", "mag", "place", "depth", "felt", "day", "local"));
  EXPECT_THAT(Columns("SELECT q.*, 1 AS one FROM quakes q"),
              ElementsAre("id", "time", "mag", "place", "depth", "felt", "day", "local", "one"));
  EXPECT_THAT(Columns("SELECT properties.* FROM feed"), ElementsAre("mag", "time", "type"));
  EXPECT_THAT(Errors("SELECT x.* FROM feed"),
              HasSubstr("'x' is neither 'feed' nor a struct in it"));
  EXPECT_THAT(Errors("SELECT id.* FROM feed"), HasSubstr("'id' is a STRING, not a struct"));
  EXPECT_THAT(Errors("SELECT upper(*) FROM feed"), HasSubstr("1:14: error: * stands only"));
}

TEST(AnalyzerTest, ImplicitNamesAreThoseOfSpark) {
  const auto name = [](const std::string& expression) {
    return Columns("SELECT " + expression + " FROM quakes q").front();
  };
  EXPECT_EQ(name("count(*)"), "count(1)");
  EXPECT_EQ(name("COUNT(1)"), "count(1)");
  EXPECT_EQ(name("count(DISTINCT place)"), "count(DISTINCT place)");
  EXPECT_EQ(name("max(mag)"), "max(mag)");
  EXPECT_EQ(name("mean(mag)"), "mean(mag)");
  EXPECT_EQ(name("sum(depth) FILTER (WHERE mag > 5)"), "sum(depth) FILTER (WHERE (mag > 5))");
  EXPECT_EQ(name("depth + 1"), "(depth + 1)");
  EXPECT_EQ(name("q.depth * -2L"), "(depth * -2)");
  EXPECT_EQ(name("- depth"), "(- depth)");
  EXPECT_EQ(name("UPPER(place)"), "upper(place)");
  EXPECT_EQ(name("floor(mag)"), "FLOOR(mag)");
  EXPECT_EQ(name("mag <> 1.5 OR NOT mag IS NULL"), "((NOT (mag = 1.5)) OR (NOT (mag IS NULL)))");
  EXPECT_EQ(name("mag IS NOT NULL"), "(mag IS NOT NULL)");
  EXPECT_EQ(name("depth BETWEEN 1 AND 2"), "between(depth, 1, 2)");
  EXPECT_EQ(name("depth NOT IN (1, 2)"), "(NOT (depth IN (1, 2)))");
  EXPECT_EQ(name("place LIKE 'a%'"), "place LIKE a%");
  EXPECT_EQ(name("place RLIKE 'a.*'"), "RLIKE(place, a.*)");
  EXPECT_EQ(name("place || 'x' || id"), "concat(concat(place, x), id)");
  EXPECT_EQ(name("CASE WHEN depth > 1 THEN 'a' ELSE place END"),
            "CASE WHEN (depth > 1) THEN a ELSE place END");
  EXPECT_EQ(name("CASE depth WHEN 1 THEN 'a' END"), "CASE WHEN (depth = 1) THEN a END");
  EXPECT_EQ(name("CAST(depth AS STRING)"), "depth");
  EXPECT_EQ(name("CAST(depth + 1 AS STRING)"), "CAST((depth + 1) AS STRING)");
  EXPECT_EQ(name("(depth + 1)::string"), "CAST((depth + 1) AS STRING)");
  EXPECT_EQ(name("try_cast(place || '' AS int)"), "TRY_CAST(concat(place, ) AS INT)");
  EXPECT_EQ(name("current_timestamp"), "current_timestamp()");
  EXPECT_EQ(name("extract(YEAR FROM time)"), "extract(YEAR FROM time)");
  EXPECT_EQ(name("'text'"), "text");
  EXPECT_EQ(name("1e3"), "1000.0");
  EXPECT_EQ(name("DATE '2024-02-29'"), "DATE '2024-02-29'");
  EXPECT_EQ(name("depth IS DISTINCT FROM 3"), "(NOT (depth <=> 3))");
  EXPECT_EQ(name("mag > 1 AND mag > 2 AND mag > 3 AND mag > 4"),
            "(((mag > 1) AND (mag > 2)) AND ((mag > 3) AND (mag > 4)))");
}

TEST(AnalyzerTest, TypesOfLiteralsAndOperators) {
  EXPECT_THAT(
      Schema("SELECT 1 AS a, 3000000000 AS b, 1.50 AS c, 1e0 AS d, 1Y AS e, 2S AS f, 3L AS g,"
             "1.5F AS h, 1D AS i, 1BD AS j, X'1F' AS k, DATE '2024-01-01' AS l,"
             "TIMESTAMP '2024-01-01 00:00:00' AS m, TIMESTAMP_NTZ '2024-01-01' AS n,"
             "true AS o, 0.05 AS p, 99999999999999999999 AS q FROM quakes"),
      ElementsAre("a INT NOT NULL", "b BIGINT NOT NULL", "c DECIMAL(3,2) NOT NULL",
                  "d DOUBLE NOT NULL", "e TINYINT NOT NULL", "f SMALLINT NOT NULL",
                  "g BIGINT NOT NULL", "h FLOAT NOT NULL", "i DOUBLE NOT NULL",
                  "j DECIMAL(1,0) NOT NULL", "k BINARY NOT NULL", "l DATE NOT NULL",
                  "m TIMESTAMP NOT NULL", "n TIMESTAMP_NTZ NOT NULL", "o BOOLEAN NOT NULL",
                  "p DECIMAL(2,2) NOT NULL", "q DECIMAL(20,0) NOT NULL"));
  EXPECT_THAT(Schema("SELECT depth + 1L AS a, mag IS NULL AS b, time + INTERVAL 1 HOUR AS c, "
                     "geometry.coordinates[0] AS d, labels['k'] AS e, labels.k AS f FROM quakes"),
              ElementsAre(HasSubstr("unknown column 'geometry'")));
  EXPECT_THAT(Schema("SELECT depth + 1L AS a, mag IS NULL AS b, time + INTERVAL 1 HOUR AS c, "
                     "day + INTERVAL '1-2' YEAR TO MONTH AS d FROM quakes"),
              ElementsAre("a BIGINT", "b BOOLEAN NOT NULL", "c TIMESTAMP", "d DATE"));
  EXPECT_THAT(Schema("SELECT geometry.coordinates[0] AS d, labels['k'] AS e, labels.k AS f, "
                     "properties['mag'] AS g FROM feed"),
              ElementsAre("d DOUBLE", "e STRING", "f STRING", "g DOUBLE"));
}

TEST(AnalyzerTest, WhereIsBoolean) {
  EXPECT_EQ(Errors("SELECT id FROM quakes WHERE depth + 1"),
            "sql:1:29: error: the condition of WHERE must be BOOLEAN, this is INT\n"
            "    1 | SELECT id FROM quakes WHERE depth + 1\n"
            "      |                             ^~~~~~~~~\n");
  EXPECT_EQ(Columns("SELECT id FROM quakes WHERE NULL").front(), "id");
  EXPECT_EQ(Errors("SELECT id FROM quakes WHERE max(mag) > 5"),
            "sql:1:29: error: WHERE must not hold an aggregate function\n"
            "    1 | SELECT id FROM quakes WHERE max(mag) > 5\n"
            "      |                             ^~~~~~~~\n"
            "   a condition on groups goes into HAVING\n");
}

TEST(AnalyzerTest, GlobalAggregates) {
  EXPECT_EQ(Plan("SELECT count(*) + 1 AS n, max(mag), max(MAG) AS m FROM quakes"), R"(
Project (count(*) + 1) AS n, max(mag), max(mag) AS m
  Aggregate compute count(*), max(mag)
    Project mag
      Scan quakes
)");
  EXPECT_EQ(Errors("SELECT place, count(*) FROM quakes"),
            "sql:1:8: error: a column outside of an aggregate function, beside one, needs a GROUP "
            "BY\n"
            "    1 | SELECT place, count(*) FROM quakes\n"
            "      |        ^~~~~\n"
            "   add it to GROUP BY, or say which value of the group to take: max(...), min(...)\n");
  EXPECT_THAT(Errors("SELECT place FROM quakes HAVING place = 'x'"), HasSubstr("needs a GROUP BY"));
}

TEST(AnalyzerTest, AggregateTypes) {
  EXPECT_THAT(
      Schema("SELECT count(*), sum(depth), sum(mag), avg(depth), min(place), max(time), "
             "count(DISTINCT mag), count_if(mag > 5) FROM quakes"),
      ElementsAre("count(1) BIGINT NOT NULL", "sum(depth) BIGINT", "sum(mag) DOUBLE",
                  "avg(depth) DOUBLE", "min(place) STRING", "max(time) TIMESTAMP",
                  "count(DISTINCT mag) BIGINT NOT NULL", "count_if((mag > 5)) BIGINT NOT NULL"));
}

TEST(AnalyzerTest, ArgumentsOfAggregatesHaveTheirType) {
  EXPECT_THAT(
      Plan("SELECT sum(place), avg(NULL) AS n, count(NULL) AS c FROM quakes"),
      HasSubstr("Project CAST(place AS DOUBLE), CAST(NULL AS DOUBLE), CAST(NULL AS BOOLEAN)\n"));
  EXPECT_THAT(Errors("SELECT max(NULL) FROM quakes"),
              HasSubstr("1:12: error: the argument of max is always NULL and has no type"));
  EXPECT_THAT(Errors("SELECT sum(day) FROM quakes"), HasSubstr("sum doesn't take DATE"));
}

TEST(AnalyzerTest, GroupKeysMatchByStructure) {
  EXPECT_EQ(Plan("SELECT upper( Place ) AS p, depth + 1 + 2 AS d, count(*) FROM quakes "
                 "GROUP BY UPPER(place), depth + 1"),
            R"(
Project upper(place) AS p, ((depth + 1) + 2) AS d, count(*) AS count(1)
  Aggregate by upper(place), (depth + 1) compute count(*)
    Project upper(place), (depth + 1)
      Scan quakes
)");
  EXPECT_EQ(Errors("SELECT lower(place) FROM quakes GROUP BY upper(place)"),
            "sql:1:14: error: this column is neither in GROUP BY nor inside an aggregate function\n"
            "    1 | SELECT lower(place) FROM quakes GROUP BY upper(place)\n"
            "      |              ^~~~~\n"
            "   add it to GROUP BY, or say which value of the group to take: max(...), min(...)\n");
  EXPECT_EQ(Columns("SELECT properties.mag FROM feed GROUP BY properties").front(), "mag");
  EXPECT_THAT(Errors("SELECT properties FROM feed GROUP BY properties.mag"),
              HasSubstr("1:8: error: this column is neither"));
}

TEST(AnalyzerTest, GroupByPositionsAndAliases) {
  const std::string expected = R"(
Project upper(place) AS p, count(*) AS n
  Aggregate by upper(place) compute count(*)
    Project upper(place)
      Scan quakes
)";
  EXPECT_EQ(Plan("SELECT upper(place) AS p, count(*) AS n FROM quakes GROUP BY 1"), expected);
  EXPECT_EQ(Plan("SELECT upper(place) AS p, count(*) AS n FROM quakes GROUP BY P"), expected);
  // A column goes before an alias.
  EXPECT_THAT(Errors("SELECT upper(place) AS mag FROM quakes GROUP BY mag"),
              HasSubstr("1:14: error: this column is neither"));
  EXPECT_THAT(
      Plan("SELECT upper(place) AS p, count(*) AS n FROM quakes GROUP BY concat(p, 'x'), 1"),
      HasSubstr("Aggregate by concat(upper(place), 'x'), upper(place)"));
  EXPECT_THAT(Errors("SELECT place FROM quakes GROUP BY 2"),
              HasSubstr("1:35: error: GROUP BY position 2 is not in the SELECT list"));
  EXPECT_THAT(Errors("SELECT count(*) AS n FROM quakes GROUP BY n"),
              HasSubstr("1:43: error: GROUP BY must not hold an aggregate function"));
  EXPECT_THAT(Errors("SELECT a + 1 AS b, b + 1 AS a FROM quakes GROUP BY a"),
              HasSubstr("unknown column 'b'"));
}

TEST(AnalyzerTest, Having) {
  EXPECT_EQ(Plan("SELECT place, count(*) AS n FROM quakes GROUP BY place HAVING n > 1 AND max(mag) "
                 "> 5 AND place <> ''"),
            R"(
Project place, count(*) AS n
  Filter (((count(*) > 1) AND (max(mag) > 5)) AND (place <> ''))
    Aggregate by place compute count(*), max(mag)
      Project place, mag
        Scan quakes
)");
  EXPECT_THAT(Errors("SELECT place FROM quakes GROUP BY place HAVING mag > 1"),
              HasSubstr("1:48: error: this column is neither"));
  EXPECT_THAT(Errors("SELECT place FROM quakes GROUP BY place HAVING count(*)"),
              HasSubstr("the condition of HAVING must be BOOLEAN, this is BIGINT"));
}

TEST(AnalyzerTest, AliasesOfEarlierColumns) {
  EXPECT_EQ(Plan("SELECT depth + 1 AS deeper, deeper * 2 AS twice FROM quakes"), R"(
Project (depth + 1) AS deeper, ((depth + 1) * 2) AS twice
  Scan quakes
)");
  EXPECT_EQ(Plan("SELECT sum(depth) AS total, total / count(*) AS each FROM quakes"), R"(
Project sum(depth) AS total, (CAST(sum(depth) AS DOUBLE) / CAST(count(*) AS DOUBLE)) AS each
  Aggregate compute sum(depth), count(*)
    Project depth
      Scan quakes
)");
  // A column goes before an alias.
  EXPECT_EQ(Plan("SELECT upper(place) AS id, id AS same FROM quakes"), R"(
Project upper(place) AS id, id AS same
  Scan quakes
)");
}

TEST(AnalyzerTest, AliasesThatGrowAreBounded) {
  std::string doubling = "SELECT depth + depth AS a0";
  for (int i = 1; i < 40; ++i)
    doubling += ", a" + std::to_string(i - 1) + " + a" + std::to_string(i - 1) + " AS a" +
                std::to_string(i);
  EXPECT_THAT(Errors(doubling + " FROM quakes"),
              HasSubstr("the statement has more than 100000 parts, aliases expanded"));
  std::string deep = "SELECT depth AS a0";
  for (int i = 1; i < 200; ++i)
    deep += ", a" + std::to_string(i - 1) + " + 1 AS a" + std::to_string(i);
  EXPECT_THAT(Errors(deep + " FROM quakes"), HasSubstr("nested deeper than 128, aliases expanded"));
}

TEST(AnalyzerTest, AggregateErrors) {
  EXPECT_THAT(Errors("SELECT max(count(*)) FROM quakes"),
              HasSubstr("1:12: error: an aggregate function stands inside another one"));
  EXPECT_THAT(Errors("SELECT max(*) FROM quakes"),
              HasSubstr("1:12: error: * stands only in count(*)"));
  EXPECT_THAT(Errors("SELECT max() FROM quakes"), HasSubstr("max takes one argument, here are 0"));
  EXPECT_THAT(Errors("SELECT kurtosis(mag) FROM quakes"),
              HasSubstr("1:8: error: the function kurtosis is not supported yet"));
  EXPECT_THAT(Errors("SELECT upper(DISTINCT id) FROM quakes"),
              HasSubstr("upper is no aggregate function: it takes no DISTINCT"));
  EXPECT_THAT(Errors("SELECT labels FROM feed GROUP BY labels"),
              HasSubstr("GROUP BY cannot compare values of type MAP<STRING, STRING>"));
}

TEST(AnalyzerTest, AggregatesOfFilteredRows) {
  EXPECT_EQ(Plan("SELECT sum(depth) FILTER (WHERE mag > 5D) AS s, count(*) FILTER (WHERE mag > 5D) "
                 "AS n, min(DISTINCT mag) AS m FROM quakes"),
            R"(
Project sum(CASE WHEN (mag > 5) THEN depth END) AS s, count(CASE WHEN (mag > 5) THEN true END) AS n, min(mag) AS m
  Aggregate compute sum(CASE WHEN (mag > 5) THEN depth END), count(CASE WHEN (mag > 5) THEN true END), min(mag)
    Project CASE WHEN (mag > 5) THEN depth END, CASE WHEN (mag > 5) THEN true END, mag
      Scan quakes
)");
}

TEST(AnalyzerTest, WindowForms) {
  const auto aggregate = [](const std::string& window) {
    const std::string plan = Plan("SELECT count(*) FROM quakes GROUP BY " + window);
    const size_t start = plan.find("Aggregate by ");
    return start == std::string::npos ? plan
                                      : plan.substr(start + 13, plan.find(" comp") - start - 13);
  };
  EXPECT_EQ(aggregate("window(time, '90 seconds')"), "window(time, 90 seconds)");
  EXPECT_EQ(aggregate("window(time, INTERVAL '2' DAY)"), "window(time, 2 days)");
  EXPECT_EQ(aggregate("window(time, '1 hour', '10 minutes')"), "window(time, 1 hour, 10 minutes)");
  EXPECT_EQ(aggregate("window(time, '1 day', '1 day', '3 hours')"),
            "window(time, 1 day, 1 day, 3 hours)");
  EXPECT_EQ(aggregate("window(time, '1 hour 30 minutes')"), "window(time, 90 minutes)");
}

TEST(AnalyzerTest, WindowColumn) {
  EXPECT_THAT(
      Schema("SELECT window, window.start, window.END AS until, count(*) AS n FROM quakes "
             "GROUP BY window(time, '1 hour') HAVING window.start > TIMESTAMP '2024-01-01'"),
      ElementsAre("window STRUCT<start: TIMESTAMP NOT NULL, end: TIMESTAMP NOT NULL> NOT NULL",
                  "start TIMESTAMP NOT NULL", "until TIMESTAMP NOT NULL", "n BIGINT NOT NULL"));
  EXPECT_THAT(Columns("SELECT window(time, '1 hour').start, window(time, '1 hour') FROM quakes "
                      "GROUP BY window(time, '1 hour')"),
              ElementsAre("start", "window"));
  EXPECT_THAT(Columns("SELECT window(time, '1 hour') AS w, w.start AS s FROM quakes GROUP BY w"),
              ElementsAre("w", "s"));
  EXPECT_THAT(
      Errors("SELECT window(time, '2 hours').start FROM quakes GROUP BY window(time, '1 hour')"),
      HasSubstr("1:8: error: this window is not the one of GROUP BY"));
}

TEST(AnalyzerTest, WindowErrors) {
  const auto error = [](const std::string& window) {
    return Errors("SELECT count(*) FROM quakes GROUP BY " + window);
  };
  EXPECT_EQ(error("window(day, '1 hour')"),
            "sql:1:45: error: the time of a window must be a TIMESTAMP, this is DATE\n"
            "    1 | SELECT count(*) FROM quakes GROUP BY window(day, '1 hour')\n"
            "      |                                             ^~~\n"
            "   make it one: CAST(... AS TIMESTAMP), timestamp_millis(...)\n");
  EXPECT_THAT(error("window(time)"), HasSubstr("window takes 2 to 4 arguments, here are 1"));
  EXPECT_THAT(error("window(time, 'soon')"),
              HasSubstr("1:51: error: the size of a window must be a length of time"));
  EXPECT_THAT(error("window(time, '1 month')"), HasSubstr("months have no fixed length"));
  EXPECT_THAT(error("window(time, '0 hours')"), HasSubstr("must be more than zero"));
  EXPECT_THAT(error("window(time, '1 hour', '2 hours')"),
              HasSubstr("must not be more than its size"));
  EXPECT_THAT(error("window(time, '1 day', '1 second')"),
              HasSubstr("each row would belong to 86400 windows, more than 1000"));
  EXPECT_THAT(error("window(time, '1 hour', '1 hour', '1 hour')"),
              HasSubstr("the start of a window must be less than its slide"));
  EXPECT_THAT(error("window(time, '1 hour'), window(time, '2 hours')"),
              HasSubstr("GROUP BY two windows is not supported yet"));
  EXPECT_THAT(error("window(time, '1 hour').start"),
              HasSubstr("window() must be an expression of GROUP BY"));
  EXPECT_THAT(Errors("SELECT window.start FROM quakes"),
              HasSubstr("1:8: error: there is no window here"));
  EXPECT_THAT(Errors("SELECT window(time, '1 hour') FROM quakes"),
              HasSubstr("1:8: error: window() must be an expression of GROUP BY"));
  EXPECT_THAT(Errors("SELECT max(window.start) FROM quakes GROUP BY window(time, '1 hour')"),
              HasSubstr("an aggregate over the window itself is not supported yet"));
}

TEST(AnalyzerTest, DistinctAndUnion) {
  EXPECT_EQ(Plan("SELECT DISTINCT place FROM quakes WHERE mag > 5D"), R"(
Distinct
  Project place
    Filter (mag > 5)
      Scan quakes
)");
  EXPECT_EQ(
      Plan("SELECT depth AS d, 'a' AS kind FROM quakes UNION ALL SELECT felt, 'b' FROM quakes "
           "UNION ALL SELECT NULL, place FROM quakes"),
      R"(
UnionAll
  Project CAST(depth AS BIGINT) AS d, 'a' AS kind
    Scan quakes
  Project felt, 'b' AS b
    Scan quakes
  Project CAST(NULL AS BIGINT) AS d, place AS kind
    Scan quakes
)");
  EXPECT_EQ(
      Plan("SELECT id FROM quakes UNION SELECT id FROM feed UNION ALL SELECT place FROM quakes"),
      R"(
UnionAll
  Distinct
    UnionAll
      Project id
        Scan quakes
      Project id
        Scan feed
  Project place
    Scan quakes
)");
  EXPECT_THAT(
      Schema("SELECT id AS key, depth FROM quakes UNION ALL SELECT place, felt FROM quakes"),
      ElementsAre("key STRING", "depth BIGINT"));
}

TEST(AnalyzerTest, AUnionCastsBehindDistinct) {
  EXPECT_EQ(Plan("SELECT DISTINCT depth FROM quakes UNION ALL SELECT felt FROM quakes"), R"(
UnionAll
  Project CAST(depth AS BIGINT) AS depth
    Distinct
      Project depth
        Scan quakes
  Project felt
    Scan quakes
)");
}

TEST(AnalyzerTest, MapsAreNotCompared) {
  const std::string type = "cannot compare values of type MAP<STRING, STRING>";
  EXPECT_THAT(Errors("SELECT DISTINCT labels FROM feed"),
              HasSubstr("1:17: error: DISTINCT " + type));
  EXPECT_THAT(Errors("SELECT count(DISTINCT labels) FROM feed"), HasSubstr("DISTINCT " + type));
  EXPECT_THAT(Errors("SELECT labels FROM feed UNION SELECT labels FROM feed"),
              HasSubstr("UNION " + type));
  EXPECT_EQ(Columns("SELECT labels FROM feed UNION ALL SELECT labels FROM feed").front(), "labels");
}

TEST(AnalyzerTest, UnionErrors) {
  EXPECT_EQ(Errors("SELECT id, mag FROM quakes\nUNION ALL\nSELECT id FROM quakes"),
            "sql:3:1: error: this SELECT has 1 columns, the first one of the UNION 2\n"
            "    3 | SELECT id FROM quakes\n"
            "      | ^~~~~~\n"
            "   a UNION joins columns by their position\n");
  EXPECT_THAT(Errors("SELECT properties FROM feed UNION ALL SELECT id FROM feed"),
              HasSubstr("(column 1, 'properties', of the UNION)"));
}

TEST(AnalyzerTest, ColumnsHaveTypes) {
  EXPECT_THAT(Errors("SELECT NULL AS nothing FROM quakes"),
              HasSubstr("the column 'nothing' is always NULL and has no type\n"));
  EXPECT_THAT(Schema("SELECT CAST(NULL AS STRING) AS nothing FROM quakes"),
              ElementsAre("nothing STRING"));
}

TEST(AnalyzerTest, ReferencedRelationsInOrderOfFirstUse) {
  const auto names = ReferencedRelations(
      "SELECT 1 FROM b UNION ALL SELECT 1 FROM a AS x UNION ALL SELECT 1 FROM B");
  ASSERT_TRUE(names.ok()) << names.status();
  ASSERT_EQ(names->size(), 2);
  EXPECT_EQ((*names)[0].name, "b");
  EXPECT_EQ((*names)[1].name, "a");
  EXPECT_EQ((*names)[1].span.offset, 40);
}

}  // namespace
}  // namespace headrace::sql
