#include "format/json_writer.h"

#include <arrow/array.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

#include "base/change_batch.h"
#include "format/decoder.h"
#include "format/random_array.h"
#include "sql/analyzer.h"

namespace headrace::format {
namespace {

std::string Json(const std::shared_ptr<arrow::DataType>& type, std::string_view value) {
  const auto array =
      arrow::json::ArrayFromJSONString(type, "[" + std::string(value) + "]").ValueOrDie();
  std::string out;
  WriteJsonValue(*array, 0, &out);
  return out;
}

TEST(JsonWriter, WritesEveryType) {
  EXPECT_EQ(Json(arrow::boolean(), "true"), "true");
  EXPECT_EQ(Json(arrow::int8(), "-128"), "-128");
  EXPECT_EQ(Json(arrow::int64(), "9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(Json(arrow::float64(), "0.1"), "0.1");
  EXPECT_EQ(Json(arrow::float64(), "3"), "3.0");
  EXPECT_EQ(Json(arrow::float64(), "1e300"), "1e+300");
  EXPECT_EQ(Json(arrow::float64(), "NaN"), "\"NaN\"");
  EXPECT_EQ(Json(arrow::float64(), "-Inf"), "\"-Infinity\"");
  EXPECT_EQ(Json(arrow::float32(), "0.1"), "0.1");
  EXPECT_EQ(Json(arrow::decimal128(10, 2), "\"-0.05\""), "-0.05");
  EXPECT_EQ(Json(arrow::utf8(), R"("a\"\\\n\u0001ü")"), R"("a\"\\\n\u0001ü")");
  EXPECT_EQ(Json(arrow::binary(), "\"foob\""), "\"Zm9vYg==\"");
  EXPECT_EQ(Json(arrow::date32(), "20779"), "\"2026-11-22\"");
  const auto instant = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  EXPECT_EQ(Json(instant, "0"), "\"1970-01-01T00:00:00Z\"");
  EXPECT_EQ(Json(instant, "-1"), "\"1969-12-31T23:59:59.999999Z\"");
  EXPECT_EQ(Json(arrow::timestamp(arrow::TimeUnit::MICRO), "1000"),
            "\"1970-01-01T00:00:00.001000\"");
  EXPECT_EQ(Json(instant, "253402300800000000"), "\"+10000-01-01T00:00:00Z\"");
  EXPECT_EQ(Json(instant, "-62167219200000001"), "\"-0001-12-31T23:59:59.999999Z\"");
  EXPECT_EQ(Json(arrow::null(), "null"), "null");
  EXPECT_EQ(Json(arrow::list(arrow::int32()), "[1,null]"), "[1,null]");
  EXPECT_EQ(Json(arrow::map(arrow::utf8(), arrow::int32()), R"([["a",1],["b",null]])"),
            R"({"a":1,"b":null})");
  EXPECT_EQ(Json(arrow::map(arrow::int32(), arrow::int32()), "[[1,2]]"), R"({"1":2})");
  EXPECT_EQ(Json(arrow::struct_({arrow::field("a", arrow::int32())}), R"({"a":1})"), R"({"a":1})");
  EXPECT_EQ(Json(arrow::uint16(), "7"), "\"7\"");
}

TEST(JsonWriter, LeavesSystemColumnsOut) {
  const auto data = arrow::schema({arrow::field("a", arrow::int32())});
  const auto batch = arrow::RecordBatch::Make(
      ChangeSchema(*data, true, false), 1,
      {arrow::json::ArrayFromJSONString(arrow::int32(), "[5]").ValueOrDie(),
       arrow::json::ArrayFromJSONString(arrow::int8(), "[-1]").ValueOrDie()});
  std::string out;
  WriteJsonRow(*batch, 0, &out);
  EXPECT_EQ(out, R"({"a":5})");
}

TEST(JsonWriter, IsReadBackByTheDecoder) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    RandomArrays random(seed);
    arrow::FieldVector fields;
    arrow::ArrayVector arrays;
    for (int64_t i = 0, count = 1 + random.Below(6); i < count; ++i) {
      arrays.push_back(random.Array(random.Type(3), 10));
      fields.push_back(arrow::field("c" + std::to_string(i), arrays.back()->type()));
    }
    const auto batch = arrow::RecordBatch::Make(arrow::schema(fields), 10, arrays);
    std::vector<std::string> rows(10);
    for (int64_t i = 0; i < 10; ++i) WriteJsonRow(*batch, i, &rows[i]);
    const DecodedBatch back = MakeJsonDecoder(batch->schema())
                                  .ValueOrDie()
                                  ->Decode(std::vector<std::string_view>(rows.begin(), rows.end()))
                                  .ValueOrDie();
    for (const auto& rejected : back.rejected)
      ADD_FAILURE() << rows[rejected.index] << " " << rejected.path << " " << rejected.reason;
    ASSERT_TRUE(back.batch->Equals(*batch, false, arrow::EqualOptions().nans_equal(true)))
        << "seed " << seed << batch->ToString() << back.batch->ToString();
  }
}

}  // namespace
}  // namespace headrace::format
