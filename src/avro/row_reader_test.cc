#include "avro/row_reader.h"

#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <gmock/gmock.h>

#include <limits>

#include "avro/binary.h"

namespace headrace::avro {
namespace {

using ::testing::HasSubstr;

std::string NameOf(const arrow::DataType& type) { return type.ToString(); }

std::string RecordOf(const std::string& fields) {
  return R"({"type":"record","name":"r","fields":[)" + fields + "]}";
}

// The schema of one field `v`.
std::string RecordOfValue(const std::string& type) {
  return RecordOf(R"({"name":"v","type":)" + type + "}");
}

struct Outcome {
  std::shared_ptr<arrow::RecordBatch> batch;  // null where a row was refused
  std::string path, reason;
};

Outcome ReadRows(const std::string& writer, const std::shared_ptr<arrow::Schema>& schema,
                 const std::vector<std::string>& rows) {
  RowReader reader(ParseSchema(writer).ValueOrDie(), schema, NameOf);
  auto columns = MakeColumnBuilders(*schema);
  for (const std::string& row : rows)
    if (!reader.Read(row, &columns)) return {nullptr, reader.path(), reader.reason()};
  auto batch = FinishBatch(schema, std::ssize(rows), &columns).ValueOrDie();
  EXPECT_TRUE(batch->ValidateFull().ok()) << batch->ValidateFull();
  return {std::move(batch), "", ""};
}

// One value of the field `v` as a column of `type`.
Outcome ReadValue(const std::string& writer, const std::shared_ptr<arrow::DataType>& type,
                  const std::string& bytes, bool nullable = true) {
  return ReadRows(RecordOfValue(writer), arrow::schema({arrow::field("v", type, nullable)}),
                  {bytes});
}

void ExpectValue(const std::string& writer, const std::shared_ptr<arrow::DataType>& type,
                 const std::string& bytes, const std::string& json) {
  const Outcome outcome = ReadValue(writer, type, bytes);
  ASSERT_NE(outcome.batch, nullptr) << writer << " as " << *type << ": " << outcome.reason;
  const auto expected = arrow::json::ArrayFromJSONString(type, "[" + json + "]").ValueOrDie();
  EXPECT_TRUE(outcome.batch->column(0)->Equals(expected))
      << writer << " as " << *type << ": " << outcome.batch->column(0)->ToString();
}

void ExpectMisfit(const std::string& writer, const std::shared_ptr<arrow::DataType>& type,
                  const std::string& bytes, const std::string& reason) {
  const Outcome outcome = ReadValue(writer, type, bytes);
  EXPECT_EQ(outcome.batch, nullptr) << writer << " as " << *type;
  EXPECT_THAT(outcome.reason, HasSubstr(reason)) << writer << " as " << *type;
}

template <typename... Values>
std::string Longs(Values... values) {
  std::string out;
  Writer writer(&out);
  (writer.Long(values), ...);
  return out;
}

std::string Text(std::string_view text) {
  std::string out;
  Writer(&out).String(text);
  return out;
}

TEST(RowReaderTest, NumbersAreWidenedAndNarrowedWhereTheyFit) {
  for (const char* writer : {"\"int\"", "\"long\""}) {
    ExpectValue(writer, arrow::int8(), Longs(-128), "-128");
    ExpectValue(writer, arrow::int16(), Longs(-32768), "-32768");
    ExpectValue(writer, arrow::int32(), Longs(2147483647), "2147483647");
    ExpectValue(writer, arrow::int64(), Longs(-5), "-5");
    ExpectValue(writer, arrow::float32(), Longs(3), "3.0");
    ExpectValue(writer, arrow::float64(), Longs(3), "3.0");
    ExpectMisfit(writer, arrow::int8(), Longs(128), "out of the range");
    ExpectMisfit(writer, arrow::int16(), Longs(-32769), "out of the range");
    ExpectMisfit(writer, arrow::utf8(), Longs(1), "expected string, found an Avro ");
    ExpectMisfit(writer, arrow::date32(), Longs(1), "expected date32");
    ExpectMisfit(writer, arrow::timestamp(arrow::TimeUnit::MICRO), Longs(1), "expected timestamp");
  }
  ExpectValue("\"long\"", arrow::int64(), Longs(INT64_MIN), "-9223372036854775808");
  ExpectMisfit("\"long\"", arrow::int32(), Longs(INT64_MIN), "out of the range");
  std::string float_bytes, double_bytes;
  Writer(&float_bytes).Float(0.5F);
  Writer(&double_bytes).Double(-0.25);
  ExpectValue("\"float\"", arrow::float32(), float_bytes, "0.5");
  ExpectValue("\"float\"", arrow::float64(), float_bytes, "0.5");
  ExpectValue("\"double\"", arrow::float64(), double_bytes, "-0.25");
  ExpectMisfit("\"double\"", arrow::float32(), double_bytes, "expected float");
  ExpectMisfit("\"double\"", arrow::int64(), double_bytes, "expected int64");
  ExpectValue("\"boolean\"", arrow::boolean(), "\x01", "true");
  ExpectMisfit("\"boolean\"", arrow::boolean(), "\x02", "malformed");
  ExpectMisfit("\"boolean\"", arrow::int32(), "\x01", "found an Avro boolean");
}

TEST(RowReaderTest, TextsAndBytesBecomeEachOther) {
  ExpectValue("\"string\"", arrow::utf8(), Text("\xc3\xa9"), "\"\u00e9\"");
  ExpectValue("\"bytes\"", arrow::utf8(), Text("b"), "\"b\"");
  ExpectValue("\"string\"", arrow::binary(), Text("b"), "\"b\"");
  ExpectMisfit("\"string\"", arrow::utf8(), Text("\xff"), "not UTF-8");
  ExpectMisfit("\"bytes\"", arrow::utf8(), Text("\xc3"), "not UTF-8");
  const std::string symbols = R"({"type":"enum","name":"E","symbols":["A","B"]})";
  ExpectValue(symbols, arrow::utf8(), Longs(1), "\"B\"");
  ExpectValue(symbols, arrow::binary(), Longs(0), "\"A\"");
  ExpectMisfit(symbols, arrow::utf8(), Longs(2), "malformed");
  ExpectMisfit(symbols, arrow::utf8(), Longs(-1), "malformed");
  const std::string fixed = R"({"type":"fixed","name":"F","size":3})";
  ExpectValue(fixed, arrow::binary(), "abc", "\"abc\"");
  ExpectMisfit(fixed, arrow::binary(), "ab", "malformed");
  ExpectMisfit(fixed, arrow::utf8(), "abc", "found an Avro fixed");
  ExpectValue(R"({"type":"fixed","name":"F","size":16,"logicalType":"uuid"})", arrow::utf8(),
              std::string("\x12\x34\x56\x78\x9a\xbc\xde\xf0\x00\x11\x22\x33\x44\x55\x66\x77", 16),
              "\"12345678-9abc-def0-0011-223344556677\"");
  ExpectValue(R"({"type":"string","logicalType":"uuid"})", arrow::utf8(), Text("u"), "\"u\"");
}

TEST(RowReaderTest, LogicalTypesOfTime) {
  const auto instant = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const auto local = arrow::timestamp(arrow::TimeUnit::MICRO);
  for (const auto& type : {instant, local}) {
    for (const std::string prefix : {"", "local-"}) {
      const auto logical = [&](const std::string& unit) {
        return R"({"type":"long","logicalType":")" + prefix + "timestamp-" + unit + "\"}";
      };
      ExpectValue(logical("millis"), type, Longs(-1), "-1000");
      ExpectValue(logical("micros"), type, Longs(-1), "-1");
      ExpectValue(logical("nanos"), type, Longs(-1), "-1");
      ExpectValue(logical("nanos"), type, Longs(2999), "2");
      ExpectValue(logical("micros"), arrow::int64(), Longs(7), "7");
      ExpectMisfit(logical("millis"), type, Longs(INT64_MAX), "out of the range of TIMESTAMP");
    }
  }
  ExpectValue(R"({"type":"int","logicalType":"date"})", arrow::date32(), Longs(-719162), "-719162");
  ExpectValue(R"({"type":"int","logicalType":"date"})", arrow::int32(), Longs(5), "5");
  ExpectValue(R"({"type":"int","logicalType":"time-millis"})", arrow::int32(), Longs(5), "5");
  ExpectValue(R"({"type":"long","logicalType":"time-micros"})", arrow::int64(), Longs(5), "5");
}

TEST(RowReaderTest, Decimals) {
  const std::string bytes = R"({"type":"bytes","logicalType":"decimal","precision":5,"scale":2})";
  const std::string fixed =
      R"({"type":"fixed","name":"F","size":2,"logicalType":"decimal","precision":4,"scale":1})";
  ExpectValue(bytes, arrow::decimal128(5, 2), Text("\xff"), "\"-0.01\"");
  ExpectValue(bytes, arrow::decimal128(5, 2), Text(std::string("\x00\x80", 2)), "\"1.28\"");
  ExpectValue(bytes, arrow::decimal128(5, 2), Text(std::string(20, '\0')), "\"0.00\"");
  ExpectValue(bytes, arrow::decimal128(5, 2), Text(std::string(20, '\xff')), "\"-0.01\"");
  ExpectValue(bytes, arrow::decimal128(38, 10), Text("\x7f"), "\"1.2700000000\"");
  ExpectValue(fixed, arrow::decimal128(4, 1), "\xff\xfe", "\"-0.2\"");
  ExpectValue(bytes, arrow::binary(), Text("\x7f"), "\"\x7f\"");
  ExpectMisfit(bytes, arrow::decimal128(5, 1), Text("\x01"), "expected decimal128(5, 1)");
  ExpectMisfit(bytes, arrow::decimal128(3, 2), Text("\x03\xe8"), "more digits");  // 10.00
  ExpectValue(bytes, arrow::decimal128(3, 2), Text("\x03\xe7"), "\"9.99\"");
  ExpectMisfit(bytes, arrow::decimal128(38, 2), Text(std::string(17, '\x01')), "more digits");
  ExpectMisfit(bytes, arrow::decimal128(38, 2), Text("\x80" + std::string(15, '\0')),
               "more digits");
  ExpectMisfit(bytes, arrow::decimal128(38, 2), Text(""), "or none");
  ExpectMisfit("\"bytes\"", arrow::decimal128(5, 2), Text("\x01"), "found an Avro bytes");
}

TEST(RowReaderTest, UnionsAreTheirBranch) {
  ExpectValue(R"(["null","long"])", arrow::int64(), Longs(0), "null");
  ExpectValue(R"(["null","long"])", arrow::int64(), Longs(1, 7), "7");
  ExpectValue(R"(["int","null"])", arrow::int64(), Longs(1), "null");
  ExpectValue(R"(["int","string","double"])", arrow::int64(), Longs(0, 7), "7");
  ExpectMisfit(R"(["int","string"])", arrow::int64(), Longs(1) + Text("x"),
               "expected int64, found an Avro string");
  ExpectMisfit(R"(["null","long"])", arrow::int64(), Longs(2), "malformed");
  ExpectMisfit(R"(["null","long"])", arrow::int64(), Longs(-1), "malformed");
  const Outcome null = ReadValue(R"(["null","long"])", arrow::int64(), Longs(0), false);
  EXPECT_THAT(null.reason, HasSubstr("NOT NULL"));
  ExpectValue("\"null\"", arrow::int64(), "", "null");
}

TEST(RowReaderTest, FieldsAreMatchedByName) {
  const auto place =
      arrow::struct_({arrow::field("x", arrow::float64()), arrow::field("z", arrow::int8())});
  const auto schema =
      arrow::schema({arrow::field("new", arrow::utf8()), arrow::field("b", arrow::int64()),
                     arrow::field("place", place)});
  const std::string writer = RecordOf(
      R"({"name":"gone","type":{"type":"map","values":{"type":"array","items":["null","float"]}}},
         {"name":"place","type":{"type":"record","name":"p","fields":[
           {"name":"y","type":{"type":"fixed","name":"f","size":2}},{"name":"x","type":"long"}]}},
         {"name":"b","type":"int"},
         {"name":"e","type":{"type":"enum","name":"E","symbols":["A"]}})");
  std::string row = Longs(1) + Text("k") + Longs(-2, 9, 0, 1) + std::string("\0\0\0\0", 4) +
                    Longs(0, 0) + "yy" + Longs(4, 5, 0);
  const Outcome outcome = ReadRows(writer, schema, {row});
  ASSERT_NE(outcome.batch, nullptr) << outcome.reason;
  EXPECT_EQ(outcome.batch->column(1)->ToString(), "[\n  5\n]");
  const auto expected =
      arrow::json::ArrayFromJSONString(place, R"([{"x": 4.0, "z": null}])").ValueOrDie();
  EXPECT_TRUE(outcome.batch->column(2)->Equals(expected)) << outcome.batch->ToString();
  EXPECT_TRUE(outcome.batch->column(0)->IsNull(0));
  for (size_t length = 0; length < row.size(); ++length) {
    const Outcome cut = ReadRows(writer, schema, {row.substr(0, length)});
    EXPECT_THAT(cut.reason, HasSubstr("malformed Avro")) << length;
  }
  EXPECT_THAT(ReadRows(writer, schema, {row + "x"}).reason, HasSubstr("1 bytes follow"));
}

TEST(RowReaderTest, ColumnsThatMayNotBeNullAreNeeded) {
  const auto schema = arrow::schema({arrow::field("a", arrow::int64(), false)});
  const Outcome outcome = ReadRows(RecordOf(R"({"name":"b","type":"int"})"), schema, {Longs(1)});
  EXPECT_EQ(outcome.batch, nullptr);
  EXPECT_THAT(outcome.reason, HasSubstr("no field 'a'"));
}

TEST(RowReaderTest, ListsAndMaps) {
  const auto list = arrow::list(arrow::struct_({arrow::field("n", arrow::int16())}));
  const std::string items =
      R"({"type":"array","items":{"type":"record","name":"i","fields":[{"name":"n","type":"int"}]}})";
  ExpectValue(items, list, Longs(2, 1, 2, -1, 1, 3, 0), R"([{"n": 1}, {"n": 2}, {"n": 3}])");
  ExpectValue(items, list, Longs(0), "[]");
  const Outcome bad = ReadValue(items, list, Longs(3, 1, 2, 40000, 0));
  EXPECT_EQ(bad.path, "/v/2/n");
  const auto map = arrow::map(arrow::utf8(), arrow::int64());
  const std::string values = R"({"type":"map","values":["null","long"]})";
  ExpectValue(values, map, Longs(2) + Text("a") + Longs(1, 7) + Text("b") + Longs(0, 0),
              R"([["a", 7], ["b", null]])");
  const Outcome twice =
      ReadValue(values, map, Longs(2) + Text("a") + Longs(0) + Text("a") + Longs(0, 0));
  EXPECT_THAT(twice.reason, HasSubstr("a key twice"));
  const Outcome slash = ReadValue(values, arrow::map(arrow::utf8(), arrow::int8()),
                                  Longs(1) + Text("a/b~") + Longs(1, 300, 0));
  EXPECT_EQ(slash.path, "/v/a~1b~0");
  ExpectMisfit(values, arrow::map(arrow::int32(), arrow::int64()), Longs(0), "expected map");
  ExpectMisfit(items, list, Longs(int64_t{1} << 40), "malformed");
  ExpectMisfit(items, list, Longs(INT64_MIN, 0), "malformed");
}

TEST(RowReaderTest, WhatIsNoRecordOrHasAFieldTwiceIsRefused) {
  const auto schema = arrow::schema({arrow::field("v", arrow::int64())});
  EXPECT_THAT(ReadRows("\"long\"", schema, {Longs(1)}).reason,
              HasSubstr("expected a record, found an Avro long"));
  EXPECT_THAT(ReadRows(RecordOf(R"({"name":"v","type":"int"},{"name":"v","type":"int"})"), schema,
                       {Longs(1, 1)})
                  .reason,
              HasSubstr("two fields 'v'"));
}

// A schema may ask for any number of values that take no bytes.
TEST(RowReaderTest, HostileSchemasAreBounded) {
  std::string fields;
  for (int i = 0; i < 90'000; ++i)
    fields += (i == 0 ? "" : ",") + (R"({"name":"n)" + std::to_string(i)) + R"(","type":"null"})";
  const std::string nulls = R"({"type":"record","name":"n","fields":[)" + fields + "]}";
  const std::string writer =
      RecordOf(R"({"name":"v","type":{"type":"array","items":)" + nulls + "}}");
  const Outcome outcome = ReadRows(writer, arrow::schema({arrow::field("w", arrow::int64())}),
                                   {Longs(60) + std::string(64, '\0')});
  EXPECT_THAT(outcome.reason, HasSubstr("malformed Avro"));
}

TEST(RowReaderTest, NumbersOfMoreThan64BitsAreMalformed) {
  ExpectMisfit("\"long\"", arrow::int64(), std::string(9, '\xff') + '\x02', "malformed");
  ExpectValue("\"long\"", arrow::int64(), std::string(9, '\xff') + '\x01', "-9223372036854775808");
}

}  // namespace
}  // namespace headrace::avro
