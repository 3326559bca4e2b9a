#include "avro/row_encoder.h"

#include <arrow/json/from_string.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "avro/arrow_schema.h"
#include "avro/row_reader.h"

namespace headrace::avro {
namespace {

using ::testing::HasSubstr;

std::string NameOf(const arrow::DataType& type) { return type.ToString(); }

std::shared_ptr<arrow::RecordBatch> BatchOf(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::vector<std::string>& columns) {
  arrow::ArrayVector arrays;
  for (int i = 0; i < schema->num_fields(); ++i)
    arrays.push_back(
        arrow::json::ArrayFromJSONString(schema->field(i)->type(), columns[i]).ValueOrDie());
  const int64_t rows = arrays[0]->length();
  return arrow::RecordBatch::Make(schema, rows, std::move(arrays));
}

std::shared_ptr<arrow::RecordBatch> EveryType() {
  const auto place = arrow::struct_(
      {arrow::field("x", arrow::int8()), arrow::field("near", arrow::list(arrow::int16()))});
  const auto schema = arrow::schema({
      arrow::field("a", arrow::boolean()),
      arrow::field("b", arrow::int8(), false),
      arrow::field("c", arrow::int16()),
      arrow::field("d", arrow::int32()),
      arrow::field("e", arrow::int64()),
      arrow::field("f", arrow::float32()),
      arrow::field("g", arrow::float64()),
      arrow::field("h", arrow::decimal128(5, 2)),
      arrow::field("i", arrow::decimal128(38, 0)),
      arrow::field("j", arrow::utf8()),
      arrow::field("k", arrow::binary()),
      arrow::field("l", arrow::date32()),
      arrow::field("m", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
      arrow::field("n", arrow::timestamp(arrow::TimeUnit::MICRO)),
      arrow::field("o", arrow::map(arrow::utf8(), place)),
      arrow::field("p", place),
      arrow::field("q", arrow::list(place)),
  });
  return BatchOf(
      schema,
      {"[true, null, false]", "[-128, 0, 127]", "[null, -32768, 1]", "[1, -2147483648, null]",
       "[null, 9223372036854775807, -1]", "[0.5, null, -1]", "[0.1, null, -1]",
       R"(["999.99", null, "-0.01"])", R"(["-99999999999999999999999999999999999999", "0", null])",
       "[\"\", null, \"n\u00e9\U0001F600\"]", R"(["a", "", null])", "[0, null, -719162]",
       "[-1, 1767225620123456, null]", "[null, -1767225620123456, 0]",
       R"([[["a", {"x": 1, "near": [1, null]}], ["b", null]], [], null])",
       R"([{"x": 1, "near": []}, null, {"x": null, "near": null}])",
       R"([[{"x": 1, "near": [2]}, null], null, []])"});
}

std::shared_ptr<arrow::RecordBatch> ThereAndBack(const arrow::RecordBatch& batch,
                                                 const std::string& json) {
  const TypePtr type = ParseSchema(json).ValueOrDie();
  const auto encoder = RowEncoder::Make(*type, batch).ValueOrDie();
  RowReader reader(type, batch.schema(), NameOf);
  auto columns = MakeColumnBuilders(*batch.schema());
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    std::string bytes;
    EXPECT_TRUE(encoder->Encode(row, &bytes).ok());
    EXPECT_TRUE(reader.Read(bytes, &columns)) << reader.path() << ": " << reader.reason();
  }
  return FinishBatch(batch.schema(), batch.num_rows(), &columns).ValueOrDie();
}

TEST(RowEncoderTest, EveryTypeComesBack) {
  const auto batch = EveryType();
  for (const DecimalForm form : {DecimalForm::kBytes, DecimalForm::kFixed}) {
    const std::string json =
        ToJson(*ToAvroType(batch->schema()->fields(), "r", "n.s", form).ValueOrDie());
    EXPECT_TRUE(ThereAndBack(*batch, json)->Equals(*batch)) << json;
    const auto slice = batch->Slice(1, 2);
    EXPECT_TRUE(ThereAndBack(*slice, json)->Equals(*slice));
  }
}

std::string RecordOfValue(const std::string& type) {
  return R"({"type":"record","name":"r","fields":[{"name":"v","type":)" + type + "}]}";
}

// The bytes of a row with one column; or why there are none.
std::string Encode(const std::shared_ptr<arrow::DataType>& type, const std::string& value,
                   const std::string& writer) {
  const auto batch = BatchOf(arrow::schema({arrow::field("v", type)}), {"[" + value + "]"});
  const TypePtr schema = ParseSchema(RecordOfValue(writer)).ValueOrDie();
  const auto encoder = RowEncoder::Make(*schema, *batch);
  if (!encoder.ok()) return encoder.status().message();
  std::string bytes;
  const Status status = (*encoder)->Encode(0, &bytes);
  return status.ok() ? bytes : status.message();
}

TEST(RowEncoderTest, ValuesAreWrittenAsAnotherTypeThatHoldsThem) {
  EXPECT_EQ(Encode(arrow::int8(), "3", "\"long\""), "\x06");
  EXPECT_EQ(Encode(arrow::int32(), "3", "\"double\""), std::string("\0\0\0\0\0\0\x08\x40", 8));
  EXPECT_EQ(Encode(arrow::float32(), "0.5", "\"double\""), std::string("\0\0\0\0\0\0\xe0\x3f", 8));
  EXPECT_EQ(Encode(arrow::utf8(), "\"B\"", R"({"type":"enum","name":"E","symbols":["A","B"]})"),
            "\x02");
  EXPECT_EQ(Encode(arrow::binary(), "\"ab\"", R"({"type":"fixed","name":"F","size":2})"), "ab");
  EXPECT_EQ(Encode(arrow::utf8(), "\"ab\"", "\"bytes\""),
            "\x04"
            "ab");
  EXPECT_EQ(Encode(arrow::decimal128(3, 1), "\"-1.5\"",
                   R"({"type":"bytes","logicalType":"decimal","precision":9,"scale":2})"),
            std::string("\x04\xff\x6a", 3));
  EXPECT_EQ(Encode(arrow::timestamp(arrow::TimeUnit::MICRO), "-1",
                   R"({"type":"long","logicalType":"timestamp-millis"})"),
            "\x01");
  EXPECT_EQ(Encode(arrow::int64(), "null", R"(["string","null","long"])"), "\x02");
  EXPECT_EQ(Encode(arrow::int64(), "1", R"(["string","null","long"])"), "\x04\x02");
}

TEST(RowEncoderTest, WhatDoesNotFitIsRefused) {
  const auto expect = [](const std::shared_ptr<arrow::DataType>& type, const std::string& value,
                         const std::string& writer, const std::string& reason) {
    EXPECT_THAT(Encode(type, value, writer), HasSubstr(reason)) << *type << " as " << writer;
  };
  expect(arrow::int64(), "1", "\"int\"", "'v': the column is int64, and its field an Avro int");
  expect(arrow::int64(), "1", "\"double\"", "an Avro double");
  expect(arrow::float64(), "1", "\"float\"", "an Avro float");
  expect(arrow::int32(), "1", "\"float\"", "an Avro float");
  expect(arrow::int64(), "null", "\"long\"", "'v': the value is NULL");
  expect(arrow::utf8(), "\"C\"", R"({"type":"enum","name":"E","symbols":["A"]})", "no symbol 'C'");
  expect(arrow::binary(), "\"a\"", R"({"type":"fixed","name":"F","size":2})", "cannot hold 1");
  expect(arrow::decimal128(3, 1), "\"1.5\"",
         R"({"type":"bytes","logicalType":"decimal","precision":9,"scale":0})", "decimal128(3, 1)");
  expect(arrow::decimal128(9, 0), "\"70000\"",
         R"({"type":"fixed","name":"F","size":2,"logicalType":"decimal","precision":9,"scale":0})",
         "doesn't fit into 2 bytes");
  expect(arrow::timestamp(arrow::TimeUnit::MICRO), "1", "\"long\"", "an Avro long");
  expect(arrow::map(arrow::int32(), arrow::int32()), "[]", R"({"type":"map","values":"int"})",
         "an Avro map");
  expect(arrow::int64(), "1", R"(["null"])", "nothing but null");
}

TEST(RowEncoderTest, FieldsAndColumnsNeedEachOther) {
  const auto batch = BatchOf(arrow::schema({arrow::field("v", arrow::int64())}), {"[1]"});
  const auto make = [&](const std::string& fields) {
    const TypePtr type =
        ParseSchema(R"({"type":"record","name":"r","fields":[)" + fields + "]}").ValueOrDie();
    const auto made = RowEncoder::Make(*type, *batch);
    return made.ok() ? "" : made.status().message();
  };
  EXPECT_THAT(make(R"({"name":"w","type":["int","null"]})"), HasSubstr("has no field 'v'"));
  EXPECT_THAT(make(R"({"name":"v","type":"long"},{"name":"w","type":"int"})"),
              HasSubstr("needs a field 'w'"));
  EXPECT_EQ(make(R"({"name":"w","type":["int","null"]},{"name":"v","type":"long"})"), "");
  EXPECT_THAT(RowEncoder::Make(*ParseSchema("\"long\"").ValueOrDie(), *batch).status().message(),
              HasSubstr("expected the schema of a record"));
}

TEST(ArrowSchemaTest, NamesAndTypesThatAvroDoesNotHaveAreUserErrors) {
  const auto names = [](const std::shared_ptr<arrow::DataType>& type, const std::string& name) {
    return CheckNames({arrow::field(name, type)});
  };
  EXPECT_TRUE(names(arrow::int32(), "a_1").ok());
  EXPECT_EQ(KindOf(names(arrow::int32(), "a b")), ErrorKind::kUser);
  const auto inner = arrow::struct_({arrow::field("1", arrow::int32())});
  EXPECT_THAT(names(arrow::list(arrow::map(arrow::utf8(), inner)), "a").message(),
              HasSubstr("the column name '1'"));
  const auto type = [](const std::shared_ptr<arrow::DataType>& type) {
    return ToAvroType({arrow::field("a", type)}, "r", "", DecimalForm::kBytes).status();
  };
  EXPECT_EQ(KindOf(type(arrow::null())), ErrorKind::kUser);
  EXPECT_EQ(KindOf(type(arrow::map(arrow::int32(), arrow::int32()))), ErrorKind::kUser);
  EXPECT_EQ(ToName("a-b.1"), "a_b_1");
  EXPECT_EQ(ToName("1"), "_1");
}

}  // namespace
}  // namespace headrace::avro
