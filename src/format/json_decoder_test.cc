#include <arrow/array.h>
#include <arrow/json/from_string.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/decoder.h"
#include "sql/analyzer.h"

namespace headrace::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

DecodedBatch Decode(std::string_view ddl, const std::vector<std::string_view>& records) {
  auto decoder = MakeJsonDecoder(sql::ParseSchema(ddl).ValueOrDie()).ValueOrDie();
  DecodedBatch out = decoder->Decode(records).ValueOrDie();
  EXPECT_TRUE(out.batch->ValidateFull().ok());
  EXPECT_EQ(out.batch->num_rows() + static_cast<int64_t>(out.rejected.size()),
            static_cast<int64_t>(records.size()));
  return out;
}

// The rows that `records` become are those of `expected`, as Arrow's own JSON reader makes them.
void ExpectRows(std::string_view ddl, const std::vector<std::string_view>& records,
                const std::string& expected) {
  const DecodedBatch out = Decode(ddl, records);
  for (const RejectedRecord& record : out.rejected)
    ADD_FAILURE() << records[record.index] << ": " << record.path << ": " << record.reason;
  const auto rows = out.batch->ToStructArray().ValueOrDie();
  const auto wanted =
      arrow::json::ArrayFromJSONString(arrow::struct_(out.batch->schema()->fields()), expected)
          .ValueOrDie();
  EXPECT_TRUE(wanted->Equals(rows, arrow::EqualOptions().nans_equal(true)))
      << rows->ToString() << "\nexpected\n"
      << wanted->ToString();
}

void ExpectRejected(std::string_view ddl, std::string_view record, const std::string& path,
                    const std::string& reason) {
  // Between two good records: nothing of it may be left.
  auto decoder = MakeJsonDecoder(sql::ParseSchema(ddl).ValueOrDie()).ValueOrDie();
  const DecodedBatch out = decoder->Decode({record, record}).ValueOrDie();
  ASSERT_EQ(out.rejected.size(), 2u) << record;
  EXPECT_EQ(out.batch->num_rows(), 0);
  EXPECT_EQ(out.rejected[1].index, 1);
  EXPECT_EQ(out.rejected[0].path, path) << out.rejected[0].reason;
  EXPECT_THAT(out.rejected[0].reason, HasSubstr(reason)) << record;
}

TEST(JsonDecoder, ReadsMembersInAnyOrderAndSkipsOthers) {
  ExpectRows("a INT, b STRING",
             {R"({"a":1,"b":"x"})", R"({"b":"y","a":2})", R"({"c":[1,{"a":9}],"a":3,"d":"}"})",
              R"({})", R"( {"b" : null , "a" : 5 } )", R"({"A":1,"\u0061":6})"},
             R"([{"a":1,"b":"x"},{"a":2,"b":"y"},{"a":3,"b":null},{"a":null,"b":null},
                 {"a":5,"b":null},{"a":6,"b":null}])");
}

TEST(JsonDecoder, TakesTheLastOfEqualMembers) {
  ExpectRows("a INT, s STRUCT<x: STRING, y: INT>, m MAP<STRING, INT>",
             {R"({"a":1,"a":2,"s":{"x":"p","y":1},"s":{"y":3},"m":{"k":1,"l":2,"k":3}})"},
             R"([{"a":2,"s":{"x":null,"y":3},"m":[["l",2],["k",3]]}])");
}

TEST(JsonDecoder, ReadsNumbers) {
  ExpectRows("a TINYINT, b SMALLINT, c INT, d BIGINT",
             {R"({"a":-128,"b":-32768,"c":-2147483648,"d":-9223372036854775808})",
              R"({"a":127,"b":32767,"c":2147483647,"d":9223372036854775807})"},
             R"([{"a":-128,"b":-32768,"c":-2147483648,"d":-9223372036854775808},
                 {"a":127,"b":32767,"c":2147483647,"d":9223372036854775807}])");
  ExpectRows("f FLOAT, d DOUBLE",
             {R"({"f":1,"d":-1.5e-10})", R"({"f":"NaN","d":"Infinity"})",
              R"({"f":"-INF","d":"-Infinity"})", R"({"f":"+INF","d":123456789012345678901234})"},
             R"([{"f":1,"d":-1.5e-10},{"f":NaN,"d":Inf},{"f":-Inf,"d":-Inf},
                 {"f":Inf,"d":1.2345678901234568e23}])");
  ExpectRows("d DECIMAL(10,2), e DECIMAL(38,0)",
             {R"({"d":0.1,"e":99999999999999999999999999999999999999})",
              R"({"d":"12345678.905","e":-1e3})"},
             R"([{"d":"0.10","e":"99999999999999999999999999999999999999"},
                 {"d":"12345678.91","e":"-1000"}])");
}

TEST(JsonDecoder, ReadsText) {
  ExpectRows("s STRING",
             {R"({"s":""})", R"({"s":"a\n\"\\\/\u00fc\ud83d\ude00"})", "{\"s\":\"Zürich\"}"},
             "[{\"s\":\"\"},{\"s\":\"a\\n\\\"\\\\/ü😀\"},{\"s\":\"Zürich\"}]");
}

TEST(JsonDecoder, GivesTextTheRawJsonOfWhatIsNoString) {
  ExpectRows(
      "s STRING, t STRING",
      {R"({"s":1.50,"t":true})", R"({"s":{"a": [1, 2]} ,"t":[ ]})", R"({"t":-0 , "s":[[]]})"},
      R"([{"s":"1.50","t":"true"},{"s":"{\"a\": [1, 2]}","t":"[ ]"},{"s":"[[]]","t":"-0"}])");
}

TEST(JsonDecoder, ReadsTimes) {
  ExpectRows("t TIMESTAMP, d DATE",
             {R"({"t":"2026-11-22T21:00:00Z","d":"2026-11-22"})",
              R"({"t":"2026-11-22 22:00:00.000001+01:00","d":"1969-12-31"})",
              R"({"t":"1969-12-31T23:59:59.999999","d":"0001-01-01"})",
              R"({"t":"2026-11-22","d":"2026-11-22T21:00:00Z"})", R"({"t":1795381200})",
              R"({"t":"2026-11-22T21:00:00.123456789-0030"})"},
             R"([{"t":"2026-11-22T21:00:00.000000","d":20779},
                 {"t":"2026-11-22T21:00:00.000001","d":-1},
                 {"t":"1969-12-31T23:59:59.999999","d":-719162},
                 {"t":"2026-11-22T00:00:00.000000","d":20779},
                 {"t":"2026-11-22T21:00:00.000000","d":null},
                 {"t":"2026-11-22T21:30:00.123456","d":null}])");
}

TEST(JsonDecoder, ReadsBooleansAndBinary) {
  ExpectRows("b BOOLEAN, x BINARY", {R"({"b":true,"x":"Zm9v"})", R"({"b":false,"x":""})"},
             R"([{"b":true,"x":"foo"},{"b":false,"x":""}])");
}

TEST(JsonDecoder, ReadsNestedValues) {
  ExpectRows(
      "p STRUCT<mag: DOUBLE, tags: ARRAY<STRING>>, m MAP<STRING, ARRAY<INT>>, "
      "l ARRAY<STRUCT<x: INT>>",
      {R"({"p":{"tags":["a",null],"more":{},"mag":4.5},"m":{"k":[1],"l":null},"l":[{"x":1},{},null]})",
       R"({"p":null,"m":{},"l":[]})", R"({"p":{}})"},
      R"([{"p":{"mag":4.5,"tags":["a",null]},"m":[["k",[1]],["l",null]],
           "l":[{"x":1},{"x":null},null]},
          {"p":null,"m":[],"l":[]},{"p":{"mag":null,"tags":null},"m":null,"l":null}])");
}

TEST(JsonDecoder, RejectsWhatIsNotOfItsType) {
  ExpectRejected("a TINYINT", R"({"a":128})", "/a",
                 "expected TINYINT, found the number 128, which is out of its range");
  ExpectRejected("a INT", R"({"a":-2147483649})", "/a", "out of its range");
  ExpectRejected("a BIGINT", R"({"a":9223372036854775808})", "/a",
                 "9223372036854775808, which is out of its range");
  ExpectRejected("a BIGINT", R"({"a":99999999999999999999999})", "/a", "out of its range");
  ExpectRejected("a BIGINT", R"({"a":1.0})", "/a", "expected BIGINT, found the number 1.0");
  ExpectRejected("a BIGINT", R"({"a":"1"})", "/a", "found the string '1'");
  ExpectRejected("a DOUBLE", R"({"a":"high"})", "/a", "expected DOUBLE, found the string 'high'");
  ExpectRejected("a DOUBLE", R"({"a":true})", "/a", "found true");
  ExpectRejected("a DOUBLE", R"({"a":1e400})", "/a", "out of its range");
  ExpectRejected("a FLOAT", R"({"a":1e39})", "/a", "out of its range");
  ExpectRejected("a BOOLEAN", R"({"a":1})", "/a", "found the number 1");
  ExpectRejected("a DECIMAL(4,2)", R"({"a":100})", "/a",
                 "expected DECIMAL(4,2), found the number 100");
  ExpectRejected("a DECIMAL(4,2)", R"({"a":"x"})", "/a", "found the string 'x'");
  ExpectRejected("a TIMESTAMP", R"({"a":"yesterday"})", "/a", "found the string 'yesterday'");
  ExpectRejected("a TIMESTAMP", R"({"a":"2026-02-30T00:00:00Z"})", "/a", "TIMESTAMP");
  ExpectRejected("a TIMESTAMP", R"({"a":9223372036854775807})", "/a", "out of its range");
  ExpectRejected("a DATE", R"({"a":"2026-13-01"})", "/a", "expected DATE");
  ExpectRejected("a DATE", R"({"a":5})", "/a", "found the number 5");
  ExpectRejected("a BINARY", R"({"a":"%%"})", "/a", "base64");
  ExpectRejected("a ARRAY<INT>", R"({"a":{}})", "/a", "expected ARRAY<INT>, found an object");
  ExpectRejected("a STRUCT<b: INT>", R"({"a":[1]})", "/a", "found an array");
}

TEST(JsonDecoder, SaysWhereInARecord) {
  ExpectRejected("p STRUCT<l: ARRAY<STRUCT<`a/b~`: INT>>>",
                 R"({"p":{"l":[{"a/b~":1},{"a/b~":"x"}]}})", "/p/l/1/a~1b~0", "expected INT");
  ExpectRejected("m MAP<STRING, INT>", R"({"m":{"k":1,"l":[]}})", "/m/l", "found an array");
}

TEST(JsonDecoder, RejectsWhatIsNull) {
  ExpectRejected("a INT NOT NULL, b INT", R"({"b":1})", "/a",
                 "expected INT NOT NULL, found nothing");
  ExpectRejected("a INT NOT NULL, b INT", R"({"b":1,"a":null})", "/a", "found null");
  ExpectRejected("s STRUCT<a: STRING NOT NULL>", R"({"s":{}})", "/s/a", "found nothing");
  ExpectRows("s STRUCT<a: STRING NOT NULL>", {R"({"s":null})"}, R"([{"s":null}])");
}

TEST(JsonDecoder, RejectsWhatIsNoJsonObject) {
  const char* schema = "a INT";
  ExpectRejected(schema, "", "", "malformed JSON");
  ExpectRejected(schema, "   ", "", "malformed JSON");
  ExpectRejected(schema, "[{\"a\":1}]", "", "expected a JSON object, found an array");
  ExpectRejected(schema, "1", "", "expected a JSON object, found the number 1");
  ExpectRejected(schema, "null ", "", "expected a JSON object, found null");
  ExpectRejected(schema, R"({"a":1)", "", "malformed JSON");
  ExpectRejected(schema, R"({"a":1}})", "", "malformed JSON");
  ExpectRejected(schema, R"({"a":1} {"a":2})", "", "malformed JSON");
  ExpectRejected(schema, R"({"a" 1})", "", "malformed JSON");
  ExpectRejected(schema, R"({"a":1,})", "", "malformed JSON");
  ExpectRejected(schema, R"({"a":1 "b":2})", "", "malformed JSON");
  ExpectRejected(schema, R"({"a":nul})", "/a", "nul");
  ExpectRejected(schema, R"({"a":01})", "/a", "01");
  ExpectRejected(schema, R"({"a":12x})", "/a", "malformed JSON: 12x");
  ExpectRejected(schema, "<html>", "", "expected a JSON object");
  ExpectRejected(schema, "{\"b\":\"\xff\"}", "", "UTF-8");
  ExpectRejected(schema, "{\"b\":\"\x01\"}", "", "malformed JSON");
  ExpectRejected("s STRING", R"({"s":"\ud800"})", "/s", "malformed JSON");
  ExpectRejected("s STRING", R"({"s":"\x"})", "/s", "malformed JSON");
  ExpectRejected("s STRING", R"({"s":"x)", "", "malformed JSON");
}

TEST(JsonDecoder, LeavesNothingOfARejectedRecord) {
  const DecodedBatch out =
      Decode("a INT, l ARRAY<STRUCT<x: STRING>>, b INT NOT NULL",
             {R"({"a":1,"l":[{"x":"p"}],"b":1})", R"({"a":2,"l":[{"x":"q"},{"x":"r"}],"b":"no"})",
              R"({"l":[{"x":"s"},5],"b":3})", R"({"a":4,"l":[{"x":"t"}],"b":4})", "{"});
  EXPECT_THAT(out.indexes, ElementsAre(0, 3));
  const auto wanted = arrow::json::ArrayFromJSONString(
                          arrow::struct_(out.batch->schema()->fields()),
                          R"([{"a":1,"l":[{"x":"p"}],"b":1},{"a":4,"l":[{"x":"t"}],"b":4}])")
                          .ValueOrDie();
  EXPECT_TRUE(out.batch->ToStructArray().ValueOrDie()->Equals(wanted));
  ASSERT_EQ(out.rejected.size(), 3u);
  EXPECT_EQ(out.rejected[1].path, "/l/1");
  EXPECT_EQ(out.rejected[2].index, 4);
}

TEST(JsonDecoder, BoundsNesting) {
  std::string deep =
      "{\"b\":" + std::string(100'000, '[') + std::string(100'000, ']') + ",\"a\":1}";
  ExpectRows("a INT", {deep}, R"([{"a":1}])");
  auto type = arrow::int32();
  for (int i = 0; i < 80; ++i) type = arrow::list(type);
  const Status status = MakeJsonDecoder(arrow::schema({arrow::field("a", type)})).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUser) << status.ToString();
}

TEST(JsonDecoder, RefusesMapsWithoutNames) {
  const auto schema = sql::ParseSchema("m MAP<INT, STRING>").ValueOrDie();
  EXPECT_THAT(MakeJsonDecoder(schema).status().message(), HasSubstr("MAP<STRING, ...>"));
}

TEST(JsonDecoder, DecodesManyBatches) {
  auto decoder = MakeJsonDecoder(sql::ParseSchema("a INT, b STRING").ValueOrDie()).ValueOrDie();
  EXPECT_EQ(decoder->Decode({}).ValueOrDie().batch->num_rows(), 0);
  for (int round = 0; round < 3; ++round) {
    std::vector<std::string> texts;
    for (int i = 0; i < 1000 * round; ++i)
      texts.push_back("{\"a\":" + std::to_string(i) + ",\"b\":\"" + std::string(i % 90, 'x') +
                      "\"}");
    const DecodedBatch out =
        decoder->Decode(std::vector<std::string_view>(texts.begin(), texts.end())).ValueOrDie();
    ASSERT_EQ(out.batch->num_rows(), 1000 * round);
    EXPECT_THAT(out.indexes, IsEmpty());
    const auto& numbers = static_cast<const arrow::Int32Array&>(*out.batch->column(0));
    const auto& strings = static_cast<const arrow::StringArray&>(*out.batch->column(1));
    for (int i = 0; i < 1000 * round; ++i) {
      ASSERT_EQ(numbers.Value(i), i);
      ASSERT_EQ(strings.GetView(i), std::string(i % 90, 'x'));
    }
  }
}

}  // namespace
}  // namespace headrace::format
