#include "hudi/data_block.h"

#include <arrow/json/from_string.h>
#include <gmock/gmock.h>

#include "hudi/conform.h"
#include "hudi/parquet_file.h"
#include "hudi/parquet_reader.h"
#include "hudi/table_schema.h"

namespace headrace::hudi {
namespace {

std::shared_ptr<arrow::RecordBatch> FromJson(const std::shared_ptr<arrow::Schema>& schema,
                                             const std::vector<std::string>& columns) {
  arrow::ArrayVector arrays;
  for (int i = 0; i < schema->num_fields(); ++i)
    arrays.push_back(
        arrow::json::ArrayFromJSONString(schema->field(i)->type(), columns[i]).ValueOrDie());
  const int64_t rows = arrays[0]->length();
  return arrow::RecordBatch::Make(schema, rows, std::move(arrays));
}

std::shared_ptr<arrow::RecordBatch> EveryType() {
  const auto place =
      arrow::struct_({arrow::field("x", arrow::float64()),
                      arrow::field("near", arrow::list(arrow::field("element", arrow::int32())))});
  const auto schema =
      ToTableSchema(*arrow::schema({
                        arrow::field("b", arrow::boolean()),
                        arrow::field("i", arrow::int32(), false),
                        arrow::field("l", arrow::int64()),
                        arrow::field("f", arrow::float32()),
                        arrow::field("p", arrow::decimal128(5, 2)),
                        arrow::field("w", arrow::decimal128(38, 0)),
                        arrow::field("s", arrow::utf8()),
                        arrow::field("r", arrow::binary()),
                        arrow::field("day", arrow::date32()),
                        arrow::field("at", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
                        arrow::field("m", arrow::map(arrow::utf8(), arrow::int64())),
                        arrow::field("place", place),
                        arrow::field("many", arrow::list(place)),
                    }))
          .ValueOrDie();
  return FromJson(schema, {
                              "[true, null, false]",
                              "[1, -2147483648, 3]",
                              "[null, 9223372036854775807, -1]",
                              "[0.5, null, -1]",
                              R"(["999.99", null, "-0.01"])",
                              R"(["-99999999999999999999999999999999999999", "5", null])",
                              "[\"\", null, \"n\u00e9\U0001F600\"]",
                              R"(["a", "", null])",
                              "[0, null, 20000]",
                              "[-1, 1767225620123456, null]",
                              R"([[["a", 1], ["b", null]], [], null])",
                              R"([{"x": 1.5, "near": [1, null]}, null, {"x": null, "near": null}])",
                              R"([[{"x": 1, "near": []}, null], null, []])",
                          });
}

LogBlock BlockOf(LogBlockType type, const arrow::Schema& schema, std::string_view content) {
  LogBlock block;
  block.type = type;
  block.content = content;
  block.header[LogHeader::kSchema] = ToAvroSchemaJson(schema, "t");
  return block;
}

TEST(DataBlockTest, BothFormsKeepEveryType) {
  const auto batch = EveryType();
  const std::string avro = EncodeAvroBlock(batch).ValueOrDie();
  const std::string parquet = WriteParquet(*batch, {}).ValueOrDie()->ToString();
  for (const auto& [type, content] :
       {std::pair(LogBlockType::kAvroData, avro), std::pair(LogBlockType::kParquetData, parquet)}) {
    const auto read =
        ReadDataBlock(BlockOf(type, *batch->schema(), content), batch->schema()).ValueOrDie();
    ASSERT_EQ(read.size(), 1u);
    EXPECT_TRUE(read[0]->Equals(*batch)) << read[0]->ToString();
  }
}

TEST(DataBlockTest, SlicesAreEncodedAsTheyAre) {
  const auto batch = EveryType();
  const auto slice = batch->Slice(1, 2);
  const std::string avro = EncodeAvroBlock(slice).ValueOrDie();
  const auto read =
      ReadDataBlock(BlockOf(LogBlockType::kAvroData, *batch->schema(), avro), batch->schema())
          .ValueOrDie();
  EXPECT_TRUE(read[0]->Equals(*slice));
}

TEST(DataBlockTest, ColumnsAreMatchedByName) {
  const auto batch = EveryType();
  const auto wanted =
      arrow::schema({arrow::field("new", arrow::utf8()), batch->schema()->GetFieldByName("s"),
                     arrow::field("i", arrow::int64()), arrow::field("f", arrow::float64())});
  const std::string avro = EncodeAvroBlock(batch).ValueOrDie();
  const std::string parquet = WriteParquet(*batch, {}).ValueOrDie()->ToString();
  const auto expected =
      FromJson(wanted, {"[null, null, null]", "[\"\", null, \"n\u00e9\U0001F600\"]",
                        "[1, -2147483648, 3]", "[0.5, null, -1]"});
  for (const auto& [type, content] :
       {std::pair(LogBlockType::kAvroData, avro), std::pair(LogBlockType::kParquetData, parquet)}) {
    const auto read = ReadDataBlock(BlockOf(type, *batch->schema(), content), wanted).ValueOrDie();
    EXPECT_TRUE(read[0]->Equals(*expected)) << read[0]->ToString();
  }
  const auto none = arrow::schema({arrow::field("new", arrow::utf8())});
  const auto rows = ReadParquet(parquet, none).ValueOrDie();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]->num_rows(), 3);
}

TEST(DataBlockTest, BrokenBlocksAreErrors) {
  const auto batch = EveryType();
  for (const auto type : {LogBlockType::kAvroData, LogBlockType::kParquetData}) {
    const std::string content = type == LogBlockType::kAvroData
                                    ? EncodeAvroBlock(batch).ValueOrDie()
                                    : WriteParquet(*batch, {}).ValueOrDie()->ToString();
    for (size_t length = 0; length < content.size(); length += 7) {
      const std::string cut = content.substr(0, length);
      EXPECT_FALSE(ReadDataBlock(BlockOf(type, *batch->schema(), cut), batch->schema()).ok());
    }
  }
  LogBlock partial = BlockOf(LogBlockType::kAvroData, *batch->schema(), "");
  partial.header[LogHeader::kIsPartial] = "true";
  EXPECT_THAT(ReadDataBlock(partial, batch->schema()).status().message(),
              ::testing::HasSubstr("partial updates"));
}

TEST(ConformTest, MatchesNestedFieldsByName) {
  const auto from =
      arrow::struct_({arrow::field("b", arrow::int32()), arrow::field("a", arrow::utf8())});
  const auto to =
      arrow::struct_({arrow::field("a", arrow::utf8()), arrow::field("b", arrow::int64()),
                      arrow::field("c", arrow::boolean())});
  const auto list =
      arrow::json::ArrayFromJSONString(
          arrow::list(from), R"([[{"b": 1, "a": "x"}, null], null, [{"b": 2, "a": null}]])")
          .ValueOrDie();
  const auto expected =
      arrow::json::ArrayFromJSONString(
          arrow::list(to),
          R"([[{"a": "x", "b": 1, "c": null}, null], null, [{"a": null, "b": 2, "c": null}]])")
          .ValueOrDie();
  EXPECT_TRUE(Conform(list, arrow::list(to)).ValueOrDie()->Equals(*expected));
  EXPECT_TRUE(
      Conform(list->Slice(1, 2), arrow::list(to)).ValueOrDie()->Equals(*expected->Slice(1, 2)));
  const auto structs =
      arrow::json::ArrayFromJSONString(from, R"([{"b": 1, "a": "x"}, null, {"b": 2, "a": "y"}])")
          .ValueOrDie();
  const auto structs_expected =
      arrow::json::ArrayFromJSONString(to, R"([null, {"a": "y", "b": 2, "c": null}])").ValueOrDie();
  EXPECT_TRUE(Conform(structs->Slice(1, 2), to).ValueOrDie()->Equals(*structs_expected));
}

}  // namespace
}  // namespace headrace::hudi
