#include "sql/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sql/analyzer.h"
#include "sql/plan_text.h"

namespace headrace::sql {
namespace {

using ::testing::HasSubstr;

std::string Error(const std::string& statement) {
  const auto query = Parse(statement);
  if (query.ok()) return "parsed";
  EXPECT_EQ(KindOf(query.status()), ErrorKind::kUser) << query.status();
  return Render(DiagnosticsOf(query.status()).front(), "sql", statement);
}

std::string Message(const std::string& statement) {
  const auto query = Parse(statement);
  return query.ok() ? "parsed" : DiagnosticsOf(query.status()).front().message;
}

// How an expression over the columns below is understood, as text with all its brackets.
std::string Read(const std::string& expression) {
  const Relations relations = {
      {"t", *ParseSchema("a INT, b INT, c INT, d DOUBLE, s STRING, ok BOOLEAN, time TIMESTAMP, "
                         "date DATE, window STRING, timestamp STRING, end INT, interval INT, "
                         "case STRUCT<x: INT>, `group` INT, `a b` INT, arr ARRAY<ARRAY<INT>>, "
                         "st STRUCT<from: STRUCT<select: INT>>")}};
  const std::string statement = "SELECT " + expression + " AS result FROM t";
  const auto plan = Analyze(statement, relations);
  if (!plan.ok()) return Render(DiagnosticsOf(plan.status()).front(), "sql", statement);
  const auto& project = std::get<Project>((*plan)->node);
  return ExpressionText(*project.expressions[0], *(*plan)->inputs[0]->schema);
}

TEST(ParserTest, Precedence) {
  EXPECT_EQ(Read("a + b * c"), "(a + (b * c))");
  EXPECT_EQ(Read("a - b - c"), "((a - b) - c)");
  EXPECT_EQ(Read("(a - (b - c))"), "(a - (b - c))");
  EXPECT_EQ(Read("- a * b"), "((- a) * b)");
  EXPECT_EQ(Read("a < b OR ok AND NOT a = b"), "((a < b) OR (ok AND (NOT (a = b))))");
  EXPECT_EQ(Read("NOT a = b AND ok"), "((NOT (a = b)) AND ok)");
  EXPECT_EQ(Read("! ok"), "(NOT ok)");
  EXPECT_EQ(Read("a + 1 BETWEEN b AND c AND ok"), "((((a + 1) >= b) AND ((a + 1) <= c)) AND ok)");
  EXPECT_EQ(Read("s || 'x' LIKE 'a%' OR ok"), "(((s || 'x') LIKE 'a%') OR ok)");
  EXPECT_EQ(Read("a = b IS NULL"), "((a = b) IS NULL)");
  EXPECT_EQ(Read("a IS NOT NULL AND b IS NULL"), "((a IS NOT NULL) AND (b IS NULL))");
  EXPECT_EQ(Read("a % b DIV c"), "(CAST((a % b) AS BIGINT) DIV CAST(c AS BIGINT))");
  EXPECT_EQ(Read("a::bigint + 1"), "(CAST(a AS BIGINT) + 1)");
  EXPECT_EQ(Read("-1::string"), "CAST(-1 AS STRING)");
  EXPECT_EQ(Read("a -1"), "(a - 1)");
}

TEST(ParserTest, Predicates) {
  EXPECT_EQ(Read("a == b"), "(a = b)");
  EXPECT_EQ(Read("a != b"), "(a <> b)");
  EXPECT_EQ(Read("a !> b"), "(a <= b)");
  EXPECT_EQ(Read("a !< b"), "(a >= b)");
  EXPECT_EQ(Read("a <=> b"), "(a <=> b)");
  EXPECT_EQ(Read("a IS DISTINCT FROM b"), "(NOT (a <=> b))");
  EXPECT_EQ(Read("a IS NOT DISTINCT FROM b"), "(a <=> b)");
  EXPECT_EQ(Read("a NOT BETWEEN b AND c"), "(NOT ((a >= b) AND (a <= c)))");
  EXPECT_EQ(Read("a NOT IN (b, c, 1)"), "(NOT (a IN (b, c, 1)))");
  EXPECT_EQ(Read("s NOT LIKE 'x'"), "(NOT (s LIKE 'x'))");
  EXPECT_EQ(Read("s LIKE 'x!%' ESCAPE '!'"), "like(s, 'x!%', '!')");
  EXPECT_EQ(Read("s ILIKE 'x'"), "(s ILIKE 'x')");
  EXPECT_EQ(Read("s RLIKE 'x'"), "(s RLIKE 'x')");
  EXPECT_EQ(Read("s REGEXP 'x'"), "(s RLIKE 'x')");
  EXPECT_EQ(Read("ok IS NOT TRUE"), "(NOT (ok IS TRUE))");
  EXPECT_EQ(Read("ok IS FALSE"), "(ok IS FALSE)");
  EXPECT_EQ(Read("ok IS UNKNOWN"), "(ok IS NULL)");
}

TEST(ParserTest, Case) {
  EXPECT_EQ(Read("CASE WHEN ok THEN 1 WHEN a = 2 THEN 2 ELSE 3 END"),
            "CASE WHEN ok THEN 1 WHEN (a = 2) THEN 2 ELSE 3 END");
  EXPECT_EQ(Read("CASE a WHEN 1 THEN 'x' WHEN b THEN 'y' END"),
            "CASE WHEN (a = 1) THEN 'x' WHEN (a = b) THEN 'y' END");
  EXPECT_EQ(Read("CASE WHEN ok THEN end END"), "CASE WHEN ok THEN end END");
}

TEST(ParserTest, WordsAreNamesWhereTheyCanBe) {
  EXPECT_EQ(Read("time"), "time");
  EXPECT_EQ(Read("date"), "date");
  EXPECT_EQ(Read("timestamp"), "timestamp");
  EXPECT_EQ(Read("window"), "window");
  EXPECT_EQ(Read("interval + 1"), "(interval + 1)");
  EXPECT_EQ(Read("end"), "end");
  EXPECT_EQ(Read("case.x"), "case.x");
  EXPECT_EQ(Read("`group`"), "group");
  EXPECT_EQ(Read("group"), "group");
  EXPECT_EQ(Read("st.from.select"), "st.from.select");
  EXPECT_EQ(Read("`A B`"), "a b");
  EXPECT_EQ(Read("t.a"), "a");
}

TEST(ParserTest, Strings) {
  EXPECT_EQ(Read(R"('it''s')"), "'it's'");
  EXPECT_EQ(Read(R"("a ""b"" c")"), R"('a "b" c')");
  EXPECT_EQ(Read(R"('a\'b\"c\\d')"), R"('a'b"c\d')");
  EXPECT_EQ(Read(R"('\t\n\u00e9\U0001F30D\101')"),
            "'\t\n\u00e9\U0001F30D"
            "A'");
  EXPECT_EQ(Read(R"('50\%')"), R"('50\%')");
  EXPECT_EQ(Read(R"(r'a\nb')"), R"('a\nb')");
  EXPECT_EQ(Read("'a' 'b'"), "'ab'");
  EXPECT_EQ(Read(R"('\q\u12')"), "'qu12'");
}

TEST(ParserTest, CommentsAndSpace) {
  EXPECT_EQ(Read("a -- the first\n + /* the /* nested */ second */ b"), "(a + b)");
  EXPECT_THAT(Error("SELECT 1 /* /* */ FROM t"),
              HasSubstr("sql:1:10: error: this comment does not end"));
}

TEST(ParserTest, ElementsAndFields) {
  EXPECT_EQ(Read("arr[0][a + 1]"), "arr[0][CAST((a + 1) AS BIGINT)]");
  EXPECT_EQ(Read("(st).from.select"), "st.from.select");
  EXPECT_EQ(Read("named_struct('x', a).x"), "struct(a AS x).x");
}

TEST(ParserTest, SpecialForms) {
  EXPECT_EQ(Read("extract(HOUR FROM time)"), "hour(time)");
  EXPECT_EQ(Read("trim(s)"), "trim(s)");
  EXPECT_EQ(Read("trim(BOTH FROM s)"), "trim(s)");
  EXPECT_EQ(Read("trim(LEADING 'x' FROM s)"), "ltrim('x', s)");
  EXPECT_EQ(Read("trim(TRAILING 'x' FROM s)"), "rtrim('x', s)");
  EXPECT_EQ(Read("substring(s FROM 2 FOR 3)"), "substring(s, 2, 3)");
  EXPECT_EQ(Read("substring(s, 2)"), "substring(s, 2)");
  EXPECT_EQ(Read("position('x' IN s)"), "locate('x', s)");
  EXPECT_EQ(Read("current_date"), "current_date()");
}

TEST(ParserTest, Structs) {
  EXPECT_EQ(Read("struct(a, st.from.select, b + 1, c AS d)"),
            "struct(a AS a, st.from.select AS select, (b + 1) AS col3, c AS d)");
  EXPECT_EQ(Read("(a, b)"), "struct(a AS a, b AS b)");
  EXPECT_EQ(Read("struct(a AS x).x"), "struct(a AS x).x");
  EXPECT_THAT(Read("(a AS x)"), HasSubstr("sql:1:14: error: an expression in parentheses takes"));
  EXPECT_THAT(Read("()"), HasSubstr("sql:1:9: error: expected an expression, found ')'"));
}

TEST(ParserTest, Intervals) {
  EXPECT_EQ(Read("time + INTERVAL '1' HOUR"), "(time + INTERVAL '1 hour')");
  EXPECT_EQ(Read("time + INTERVAL 90 SECONDS"), "(time + INTERVAL '90 seconds')");
  EXPECT_EQ(Read("time + INTERVAL -1 DAY"), "(time + INTERVAL '-1 days')");
  EXPECT_EQ(Read("time + INTERVAL 1 HOUR 30 MINUTES"), "(time + INTERVAL '90 minutes')");
  EXPECT_EQ(Read("time + INTERVAL '1 day 2 hours'"), "(time + INTERVAL '26 hours')");
  EXPECT_EQ(Read("time + INTERVAL '1 02:03:04.5' DAY TO SECOND"),
            "(time + INTERVAL '93784500 milliseconds')");
  EXPECT_EQ(Read("time - INTERVAL '-1-2' YEAR TO MONTH"), "(time - INTERVAL '-14 months')");
  EXPECT_EQ(Read("time - INTERVAL 1 HOUR - INTERVAL 1 DAY"),
            "((time - INTERVAL '1 hour') - INTERVAL '1 day')");
  EXPECT_THAT(Read("time + INTERVAL 'soon'"),
              HasSubstr("sql:1:15: error: INTERVAL 'soon' is not an interval"));
  EXPECT_THAT(Read("time + INTERVAL 1 month 1 day"), HasSubstr("mixes months with days"));
  EXPECT_THAT(Read("time + INTERVAL 1 fortnight"), HasSubstr("expected a unit such as HOUR"));
  EXPECT_THAT(Read("time + INTERVAL 9999999999999 DAYS"), HasSubstr("is not an interval"));
}

TEST(ParserTest, TypedLiterals) {
  EXPECT_EQ(Read("DATE '2024-02-29'"), "DATE '2024-02-29'");
  EXPECT_EQ(Read("TIMESTAMP '2024-02-29 12:30:00.5+02:00'"),
            "TIMESTAMP '2024-02-29 10:30:00.500000Z'");
  EXPECT_EQ(Read("TIMESTAMP_NTZ '2024-02-29T12:30'"), "TIMESTAMP_NTZ '2024-02-29 12:30:00.000000'");
  EXPECT_EQ(Read("X'0afF'"), "X'0AFF'");
  EXPECT_THAT(Read("DATE '2023-02-29'"),
              HasSubstr("sql:1:8: error: DATE '2023-02-29' is not a date"));
  EXPECT_THAT(Read("TIMESTAMP '2024-01-01 25:00:00'"), HasSubstr("is not a timestamp"));
  EXPECT_THAT(Read("TIMESTAMP '2024-01-01 12:00:00 Europe/Berlin'"),
              HasSubstr("a zone behind it is Z or an offset such as +01:00"));
  EXPECT_THAT(Read("X'0G'"), HasSubstr("X'0G' is not a binary value"));
}

TEST(ParserTest, Numbers) {
  EXPECT_EQ(Read("-2147483648"), "-2147483648");
  EXPECT_EQ(Read(".5 + 1."), "(0.5 + 1)");
  EXPECT_EQ(Read("1.25e2BD"), "125");
  EXPECT_THAT(Read("128Y"), HasSubstr("sql:1:8: error: 128Y is out of the range of TINYINT"));
  EXPECT_THAT(Read("9223372036854775808L"), HasSubstr("is out of the range of BIGINT"));
  EXPECT_EQ(Read("-9223372036854775808L"), "-9223372036854775808");
  EXPECT_THAT(Read("1e999"), HasSubstr("is out of the range of DOUBLE"));
  EXPECT_THAT(Read("123456789012345678901234567890123456789"),
              HasSubstr("is out of the range of DECIMAL"));
  EXPECT_EQ(Read("1e3"), "1000");
  EXPECT_THAT(Read("1.5kg"), HasSubstr("'1.5kg' is not a number"));
}

TEST(ParserTest, SyntaxErrorsHaveTheirPlace) {
  EXPECT_EQ(Error("SELECT a,\nFROM t"),
            "sql:2:1: error: expected an expression, found 'FROM'\n"
            "    2 | FROM t\n"
            "      | ^~~~\n"
            "   a column of that name is written in backticks");
  EXPECT_THAT(Error("SELECT a b c FROM t"),
              HasSubstr("1:12: error: expected ',' or FROM, found 'c'"));
  EXPECT_THAT(Error("SELECT (a FROM t"), HasSubstr("1:11: error: expected ')', found 'FROM'"));
  EXPECT_THAT(Error("SELECT a FROM t WHERE"),
              HasSubstr("1:22: error: expected an expression, found the end"));
  EXPECT_THAT(Error("SELECT a FROM t GROUP a"), HasSubstr("1:23: error: expected BY, found 'a'"));
  EXPECT_THAT(Error("SELECT a FROM t HAVING a 5"),
              HasSubstr("1:26: error: expected UNION or the end, found '5'"));
  EXPECT_THAT(Error("SELECT a FROM t; SELECT b FROM t"), HasSubstr("found 'SELECT'"));
  EXPECT_THAT(Error("SELECT 1"), HasSubstr("1:9: error: expected FROM, found the end"));
  EXPECT_THAT(Error("SELECT 'abc FROM t"), HasSubstr("1:8: error: this string does not end"));
  EXPECT_THAT(Error("SELECT `abc FROM t"), HasSubstr("1:8: error: this quoted name does not end"));
  EXPECT_THAT(Error("SELECT a ? b FROM t"), HasSubstr("1:10: error: unexpected character '?'"));
  EXPECT_THAT(Error("SELECT CASE a THEN 1 END FROM t"), HasSubstr("expected WHEN, found 'THEN'"));
  EXPECT_THAT(Error("SELECT CAST(a AS thing) FROM t"),
              HasSubstr("1:18: error: unknown type 'thing'"));
  EXPECT_THAT(Error("SELECT a IS 5 FROM t"), HasSubstr("DISTINCT FROM after IS, found '5'"));
  EXPECT_THAT(Error("INSERT INTO t VALUES (1)"),
              HasSubstr("1:1: error: a statement must be a SELECT, not INSERT"));
  EXPECT_THAT(Error(""), HasSubstr("expected SELECT, found the end"));
  EXPECT_THAT(Error("SELECT '\xff' FROM t"), HasSubstr("the statement is not valid UTF-8"));
}

struct Refused {
  std::string statement;
  std::string message;  // with the column
};

void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.statement; }

class NotSupportedTest : public ::testing::TestWithParam<Refused> {};

TEST_P(NotSupportedTest, SaysSoAtItsPlace) {
  EXPECT_THAT(Error(GetParam().statement), HasSubstr(GetParam().message + " is not supported yet"));
}

INSTANTIATE_TEST_SUITE_P(
    ParserTest, NotSupportedTest,
    ::testing::ValuesIn<Refused>(
        {{"WITH RECURSIVE x AS (SELECT 1) SELECT * FROM x", "1:6: error: WITH RECURSIVE"},
         {"SELECT * FROM range(5)", "1:15: error: a table function"},
         {"SELECT * FROM t PIVOT (sum(a))", "1:17: error: PIVOT"},
         {"SELECT * FROM t VERSION AS OF 3", "1:17: error: reading an earlier version"},
         {"SELECT a FROM t ORDER BY a", "1:17: error: ORDER BY without LIMIT"},
         {"SELECT a FROM t WHERE a > 1 LIMIT 5", "1:29: error: LIMIT without ORDER BY"},
         {"SELECT a FROM t EXCEPT SELECT a FROM u", "1:17: error: EXCEPT"},
         {"SELECT sum(a) OVER w FROM t", "1:20: error: a named window"},
         {"SELECT rank() OVER (ORDER BY a ROWS 1 PRECEDING) FROM t",
          "1:32: error: a frame of OVER (ROWS, RANGE)"},
         {"SELECT (SELECT 1) FROM t", "1:9: error: a subquery in an expression"},
         {"SELECT a IN (SELECT 1) FROM t", "1:14: error: IN with a subquery here"},
         {"SELECT EXISTS (SELECT 1 FROM u) FROM t", "1:16: error: EXISTS with a subquery here"},
         {"SELECT f(x => 1) FROM t", "1:10: error: an argument by name"},
         {"SELECT a LIKE ANY ('x', 'y') FROM t", "1:15: error: LIKE ANY"},
         {"SELECT TIME '12:00:00' FROM t", "1:8: error: the type TIME"}}));

TEST(ParserTest, BitOperatorsHaveTheirPrecedence) {
  EXPECT_EQ(Read("a | b ^ c & a << b + 1"), "(a | (b ^ (c & shiftleft(a, (b + 1)))))");
  EXPECT_EQ(Read("~a & 2 = b"), "((~(a) & 2) = b)");
  EXPECT_EQ(Read("a >> b >>> c"), "shiftrightunsigned(shiftright(a, b), c)");
  EXPECT_EQ(Read("a > b"), "(a > b)");
  EXPECT_THAT(Error("SELECT a > > b FROM t"), HasSubstr("expected an expression, found '>'"));
}

TEST(ParserTest, Lambdas) {
  EXPECT_EQ(Read("transform(array(a), x -> x + a)"), "transform(array(a), (x) -> (x + a))");
  EXPECT_EQ(Read("zip_with(array(a), array(b), (a, y) -> a * y)"),
            "zip_with(array(a), array(b), (a, y) -> (a * y))");
  EXPECT_EQ(Read("transform(arr, x -> transform(x, y -> x[0] + y))"),
            "transform(arr, (x) -> transform(x, (y) -> (x[0] + y)))");
  EXPECT_THAT(Read("transform(array(a), x -> z)"), HasSubstr("unknown column 'z'"));
  EXPECT_THAT(Read("transform(array(a), (x, y, z) -> x)"), HasSubstr("has 3 parameters, 1 are"));
  EXPECT_THAT(Read("transform(array(a), a)"), HasSubstr("a function is expected here"));
  EXPECT_THAT(Read("upper(x -> x)"), HasSubstr("a function stands only as an argument"));
  EXPECT_THAT(Read("filter(array(a), x -> x)"), HasSubstr("takes a function to BOOLEAN"));
  EXPECT_THAT(Read("zip_with(array(a), array(a), (x, X) -> x)"),
              HasSubstr("two parameters are named 'x'"));
  EXPECT_THAT(Error("SELECT x -> x + 1 FROM t"), HasSubstr("a function stands only as"));
}

TEST(ParserTest, GroupingSets) {
  EXPECT_EQ(Error("SELECT a FROM t GROUP BY ROLLUP(a, (b, c)), CUBE(d), GROUPING SETS ((a), ())"),
            "parsed");
  EXPECT_EQ(Error("SELECT a FROM t GROUP BY a, b WITH CUBE"), "parsed");
  EXPECT_THAT(Error("SELECT a FROM t GROUP BY CUBE(a, b, c, d, e, f, g, h, i, j, k)"),
              HasSubstr("more than 1024 grouping sets"));
  EXPECT_THAT(Error("SELECT a FROM t GROUP BY CUBE(a,b,c,d,e,f), CUBE(g,h,i,j,k)"),
              HasSubstr("more than 1024 grouping sets"));
  std::string deep = "a";
  for (int i = 0; i < 9'000; ++i) deep = "GROUPING SETS (" + deep + ")";
  EXPECT_THAT(Message("SELECT a FROM t GROUP BY " + deep), HasSubstr("nested too deep"));
}

TEST(ParserTest, LateralViews) {
  EXPECT_EQ(
      Error("SELECT * FROM t LATERAL VIEW OUTER explode(a) v AS x LATERAL VIEW inline(b) WHERE "
            "x > 1"),
      "parsed");
  EXPECT_EQ(Error("SELECT * FROM t, LATERAL explode(a) AS v(x), LATERAL posexplode(b)"), "parsed");
  EXPECT_THAT(Error("SELECT * FROM t LATERAL VIEW x AS y"),
              HasSubstr("expected a function such as explode(array)"));
}

TEST(ParserTest, QueriesInParentheses) {
  EXPECT_EQ(Error("(SELECT a FROM t)"), "parsed");
  EXPECT_EQ(Error("WITH x AS (SELECT a FROM t), y (b) AS (SELECT a FROM x) SELECT b FROM y;"),
            "parsed");
  EXPECT_EQ(Error("SELECT a FROM (SELECT a FROM t) UNION (SELECT a FROM u)"), "parsed");
  EXPECT_THAT(Error("SELECT a FROM (SELECT a FROM t WHERE"), HasSubstr("expected an expression"));
  EXPECT_THAT(Error("SELECT a FROM (SELECT a FROM t HAVING a 5)"),
              HasSubstr("expected UNION or ')', found '5'"));
  EXPECT_THAT(Error("WITH x SELECT a FROM x"), HasSubstr("expected '(', found 'SELECT'"));
  EXPECT_THAT(Error("WITH x AS (SELECT a FROM t)"), HasSubstr("expected SELECT, found the end"));
  std::string deep = "a FROM t";
  for (int i = 0; i < 5'000; ++i) deep = "a FROM (SELECT " + deep + ")";
  EXPECT_THAT(Message("SELECT " + deep), HasSubstr("subqueries are nested deeper than 32"));
  std::string nested;
  for (int i = 0; i < 20; ++i) nested += "SELECT a FROM t WHERE " + std::string(20, '(') + "a IN (";
  EXPECT_THAT(Message(nested), HasSubstr("the expression is nested deeper than 128"));
  std::string wide = "SELECT a FROM t";
  for (int i = 0; i < 100; ++i) wide += " UNION ALL SELECT a FROM t";
  EXPECT_THAT(Message(wide), HasSubstr("more than 100 SELECTs"));
}

TEST(ParserTest, DeepNestingIsAnErrorWhateverNests) {
  const auto repeat = [](const std::string& open, const std::string& middle,
                         const std::string& close, int count) {
    std::string out = "SELECT ";
    for (int i = 0; i < count; ++i) out += open;
    out += middle;
    for (int i = 0; i < count; ++i) out += close;
    return out + " FROM t";
  };
  for (const auto& [open, close] :
       std::vector<std::pair<std::string, std::string>>{{"(", ")"},
                                                        {"f(", ")"},
                                                        {"NOT ", ""},
                                                        {"- ", ""},
                                                        {"+", ""},
                                                        {"a + (", ")"},
                                                        {"CASE WHEN ", " THEN 1 END"},
                                                        {"CAST(", " AS INT)"},
                                                        {"", "[0]"},
                                                        {"", "::INT"},
                                                        {"", " + a"},
                                                        {"", " = a"},
                                                        {"a[", "]"}}) {
    EXPECT_THAT(Message(repeat(open, "a", close, 8'000)), HasSubstr("deeper than 128"))
        << open << close;
  }
  EXPECT_EQ(Message(repeat("", "a", ".x", 8'000)), "the name has more than 128 parts");
  EXPECT_THAT(Message(repeat("", "f(a)", ".x", 8'000)), HasSubstr("deeper than 128"));
}

// Each level must be looked at once: twice would double the time with every level.
TEST(ParserTest, DeepExpressionsAreQuick) {
  for (const auto& [open, close] :
       std::vector<std::pair<std::string, std::string>>{{"upper(", ")"},
                                                        {"concat(s, ", ")"},
                                                        {"trim(BOTH 'x' FROM ", ")"},
                                                        {"CAST(", " AS STRING)"},
                                                        {"CASE WHEN ok THEN ", " ELSE s END"},
                                                        {"named_struct('x', ", ").x"}}) {
    std::string expression = "s";
    for (int i = 0; i < 60; ++i) expression = open + expression + close;
    EXPECT_THAT(Read(expression), HasSubstr("s")) << expression;
  }
}

TEST(ParserTest, LongChainsOfConditionsAreFine) {
  std::string statement = "SELECT a FROM t WHERE a = 0";
  for (int i = 1; i < 2000; ++i) statement += " OR a = " + std::to_string(i);
  EXPECT_EQ(Error(statement), "parsed");
}

TEST(ParserTest, ASharedCaseOperandCannotGrowWithoutBound) {
  std::string expression = "a";
  for (int i = 0; i < 20; ++i)
    expression = "CASE " + expression + " WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 3 END";
  EXPECT_THAT(Message("SELECT " + expression + " FROM t"),
              HasSubstr("the expression has more than 10000 parts"));
}

TEST(ParserTest, TheLengthIsBounded) {
  EXPECT_EQ(Message("SELECT a FROM t" + std::string(300'000, ' ')),
            "the statement has 300015 bytes, more than 262144");
  EXPECT_EQ(Message("SELECT " + std::string(300, 'a') + " FROM t"),
            "the name has 300 bytes, more than 255");
  EXPECT_EQ(Message("SELECT `" + std::string(300, 'a') + "` FROM t"),
            "the name has 300 bytes, more than 255");
}

TEST(ParserTest, NodesKnowTheirPlace) {
  const std::string text = "SELECT  max( mag )  FROM quakes q WHERE NOT a IN (1, 2)";
  const auto query = Parse(text);
  ASSERT_TRUE(query.ok()) << query.status();
  const auto written = [&](Span span) { return text.substr(span.offset, span.length); };
  const ast::Select& select = query->branches[0].select;
  EXPECT_EQ(written(select.items[0].expression->span), "max( mag )");
  EXPECT_EQ(written(select.from.name.span), "quakes");
  EXPECT_EQ(written(select.from.alias->span), "q");
  EXPECT_EQ(written(select.where->span), "NOT a IN (1, 2)");
}

}  // namespace
}  // namespace headrace::sql
