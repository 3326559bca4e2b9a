#include "sink/line_protocol.h"

#include <arrow/json/from_string.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/analyzer.h"

namespace headrace::sink {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

pipeline::InfluxSink Definition(std::vector<std::string> tags) {
  pipeline::InfluxSink sink;
  sink.measurement = "my m,=";
  sink.tags = std::move(tags);
  sink.time = "at";
  return sink;
}

std::shared_ptr<arrow::RecordBatch> Rows(const std::string& ddl, const std::string& json) {
  const auto schema = sql::ParseSchema(ddl).ValueOrDie();
  return arrow::RecordBatch::FromStructArray(
             arrow::json::ArrayFromJSONString(arrow::struct_(schema->fields()), json).ValueOrDie())
      .ValueOrDie();
}

std::string Line(const std::string& columns, const std::string& row, std::vector<std::string> tags,
                 int64_t left_out = 0,
                 LineWriter::LineBreaks line_breaks = LineWriter::LineBreaks::kKept) {
  const auto batch = Rows("at TIMESTAMP, " + columns, "[" + row + "]");
  const auto writer =
      LineWriter::Make(*batch->schema(), Definition(std::move(tags)), line_breaks).ValueOrDie();
  std::string out;
  const auto written = writer.Write(*batch, 0, &out);
  if (!written.ok()) {
    EXPECT_EQ(out, "");
    return written.status().message();
  }
  EXPECT_EQ(*written, left_out);
  return out;
}

TEST(LineProtocol, WritesEveryTypeOfField) {
  EXPECT_EQ(Line("a TINYINT, b SMALLINT, c INT, d BIGINT",
                 R"({"at":1,"a":-128,"b":2,"c":3,"d":9223372036854775807})", {}),
            R"(my\ m\,= a=-128i,b=2i,c=3i,d=9223372036854775807i 1000)");
  EXPECT_EQ(Line("a FLOAT, b DOUBLE, c DECIMAL(10,2), d BOOLEAN",
                 R"({"at":-1,"a":0.1,"b":1e300,"c":"4.50","d":true})", {}),
            R"(my\ m\,= a=0.1,b=1e+300,c=4.50,d=true -1000)");
  EXPECT_EQ(Line("a STRING", R"({"at":0,"a":"say \"hi\" \\ ü, = "})", {}),
            R"(my\ m\,= a="say \"hi\" \\ ü, = " 0)");
  EXPECT_EQ(Line("a DATE, b TIMESTAMP, c BINARY", R"({"at":0,"a":20779,"b":0,"c":"foob"})", {}),
            R"(my\ m\,= a="2026-11-22",b="1970-01-01T00:00:00Z",c="Zm9vYg==" 0)");
  EXPECT_EQ(Line("a STRUCT<x: STRING>, b ARRAY<INT>", R"({"at":0,"a":{"x":"y"},"b":[1]})", {}),
            R"(my\ m\,= a="{\"x\":\"y\"}",b="[1]" 0)");
}

TEST(LineProtocol, LeavesOutWhatIsNoValue) {
  EXPECT_EQ(Line("a DOUBLE, b DOUBLE, c FLOAT, d INT", R"({"at":0,"a":NaN,"b":-Inf,"c":Inf,"d":1})",
                 {}, 3),
            R"(my\ m\,= d=1i 0)");
  EXPECT_EQ(Line("a DOUBLE, b STRING", R"({"at":0,"a":null,"b":""})", {}, 1), R"(my\ m\,= b="" 0)");
  EXPECT_THAT(Line("a DOUBLE", R"({"at":0,"a":NaN})", {}), HasSubstr("no field"));
}

TEST(LineProtocol, WritesTagsSortedAndEscaped) {
  EXPECT_EQ(Line("z STRING, a INT, `k k` DOUBLE, f INT",
                 R"({"at":0,"z":"x y,z=1","a":4,"k k":0.5,"f":1})", {"z", "a", "k k"}),
            R"(my\ m\,=,a=4,k\ k=0.5,z=x\ y\,z\=1 f=1i 0)");
  EXPECT_EQ(Line("t STRING, u STRING, f INT", R"({"at":0,"t":null,"u":"","f":1})", {"t", "u"}),
            R"(my\ m\,= f=1i 0)");
  EXPECT_EQ(Line("t STRING, f INT", R"({"at":0,"t":"a\nb\rc\td","f":1})", {"t"}),
            R"(my\ m\,=,t=a\nb\rc\td f=1i 0)");
  EXPECT_EQ(Line("t STRING, u STRING, f INT", R"({"at":0,"t":"C:\\","u":"\\","f":1})", {"t", "u"}),
            R"(my\ m\,=,t=C: f=1i 0)");
}

TEST(LineProtocol, KeepsOneLineAPointWhereAsked) {
  const std::string row = R"({"at":0,"a":"x\ny\\n"})";
  EXPECT_EQ(Line("a STRING", row, {}), "my\\ m\\,= a=\"x\ny\\\\n\" 0");
  EXPECT_EQ(Line("a STRING", row, {}, 0, LineWriter::LineBreaks::kEscaped),
            R"(my\ m\,= a="x\ny\\n" 0)");
}

TEST(LineProtocol, ChecksTheTime) {
  EXPECT_THAT(Line("f INT", R"({"at":null,"f":1})", {}), HasSubstr("time is null"));
  EXPECT_EQ(Line("f INT", R"({"at":9223372036854775,"f":1})", {}),
            R"(my\ m\,= f=1i 9223372036854775000)");
  EXPECT_EQ(Line("f INT", R"({"at":-9223372036854775,"f":1})", {}),
            R"(my\ m\,= f=1i -9223372036854775000)");
  EXPECT_THAT(Line("f INT", R"({"at":9223372036854776,"f":1})", {}), HasSubstr("1678 to 2261"));
  EXPECT_THAT(Line("f INT", R"({"at":-9223372036854776,"f":1})", {}), HasSubstr("1678 to 2261"));
}

TEST(LineProtocol, NamesPoints) {
  const auto batch =
      Rows("f INT, at TIMESTAMP, b STRING, a STRING", R"([{"f":1,"at":5,"b":null,"a":"x y"}])");
  const auto writer =
      LineWriter::Make(*batch->schema(), Definition({"a", "b"}), LineWriter::LineBreaks::kKept)
          .ValueOrDie();
  EXPECT_THAT(writer.key(), ElementsAre(3, 2, 1));
  const PointKey key = writer.Key(*batch, 0).ValueOrDie();
  EXPECT_EQ(key.time_ns, 5000);
  EXPECT_THAT(key.tags, ElementsAre(std::pair<std::string, std::string>("a", "x y"),
                                    std::pair<std::string, std::string>("b", "")));
  std::string series;
  writer.WriteSeries(key, &series);
  EXPECT_EQ(series, R"(my\ m\,=,a=x\ y)");
}

TEST(LineProtocol, RefusesWhatCannotBeASeries) {
  const auto refused = [](const std::string& ddl, pipeline::InfluxSink sink) {
    const Status status =
        LineWriter::Make(*sql::ParseSchema(ddl).ValueOrDie(), sink, LineWriter::LineBreaks::kKept)
            .status();
    EXPECT_EQ(KindOf(status), ErrorKind::kUser) << status.ToString();
    return status.message();
  };
  EXPECT_THAT(refused("at BIGINT, f INT", Definition({})), HasSubstr("must be a TIMESTAMP"));
  EXPECT_THAT(refused("f INT", Definition({})), HasSubstr("'at'"));
  EXPECT_THAT(refused("at TIMESTAMP, f INT", Definition({"t"})), HasSubstr("no tag column 't'"));
  EXPECT_THAT(refused("at TIMESTAMP, t INT", Definition({"t"})), HasSubstr("needs a field"));
  EXPECT_THAT(refused("at TIMESTAMP, time INT", Definition({})), HasSubstr("'time'"));
  pipeline::InfluxSink comment = Definition({});
  comment.measurement = "#m";
  EXPECT_THAT(refused("at TIMESTAMP, f INT", comment), HasSubstr("'#m'"));
}

}  // namespace
}  // namespace headrace::sink
