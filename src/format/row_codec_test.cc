#include "format/row_codec.h"

#include <arrow/array.h>
#include <arrow/compare.h>
#include <arrow/json/from_string.h>
#include <arrow/pretty_print.h>
#include <gtest/gtest.h>

#include "format/random_array.h"

namespace headrace::format {
namespace {

using Arrays = std::vector<std::shared_ptr<arrow::Array>>;

std::shared_ptr<arrow::Array> FromJson(const std::shared_ptr<arrow::DataType>& type,
                                       std::string_view json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

std::vector<std::shared_ptr<arrow::DataType>> TypesOf(const Arrays& arrays) {
  std::vector<std::shared_ptr<arrow::DataType>> types;
  for (const auto& array : arrays) types.push_back(array->type());
  return types;
}

std::vector<std::string> EncodeAll(const Arrays& arrays) {
  RowEncoder encoder(TypesOf(arrays));
  encoder.Bind(arrays);
  std::vector<std::string> rows(arrays[0]->length());
  for (size_t i = 0; i < rows.size(); ++i) encoder.Encode(static_cast<int64_t>(i), &rows[i]);
  return rows;
}

Arrays DecodeAll(const std::vector<std::shared_ptr<arrow::DataType>>& types,
                 const std::vector<std::string>& rows) {
  RowDecoder decoder(types);
  for (const std::string& row : rows) EXPECT_TRUE(decoder.Append(row).ok());
  EXPECT_EQ(decoder.rows(), static_cast<int64_t>(rows.size()));
  return decoder.Finish().ValueOrDie();
}

void ExpectRoundTrip(const Arrays& arrays) {
  const Arrays back = DecodeAll(TypesOf(arrays), EncodeAll(arrays));
  ASSERT_EQ(back.size(), arrays.size());
  for (size_t i = 0; i < arrays.size(); ++i) {
    ASSERT_TRUE(back[i]->ValidateFull().ok()) << back[i]->ValidateFull().ToString();
    EXPECT_TRUE(arrays[i]->Equals(back[i], arrow::EqualOptions().nans_equal(true)))
        << arrays[i]->type()->ToString() << "\n"
        << arrays[i]->ToString() << "\nbecame\n"
        << back[i]->ToString();
  }
}

TEST(RowCodec, KeepsEdgeValuesOfEveryType) {
  ExpectRoundTrip({FromJson(arrow::boolean(), "[true, false, null]")});
  ExpectRoundTrip({FromJson(arrow::int8(), "[-128, 127, null]")});
  ExpectRoundTrip({FromJson(arrow::int16(), "[-32768, 32767, null]")});
  ExpectRoundTrip({FromJson(arrow::int32(), "[-2147483648, 2147483647, null]")});
  ExpectRoundTrip({FromJson(arrow::int64(), "[-9223372036854775808, 9223372036854775807, null]")});
  ExpectRoundTrip({FromJson(arrow::float32(), "[3.4028235e38, 1e-45, null, Inf, -Inf, NaN]")});
  ExpectRoundTrip({FromJson(arrow::float64(), "[1.7976931348623157e308, 5e-324, null, -Inf]")});
  ExpectRoundTrip({FromJson(arrow::decimal128(38, 2),
                            R"(["999999999999999999999999999999999999.99", "0.00", "-0.01", "1.27",
                                "1.28", "-1.28", "-1.29", null])")});
  ExpectRoundTrip({FromJson(arrow::utf8(), R"(["", "Zürich", null])")});
  ExpectRoundTrip({FromJson(arrow::binary(), R"(["", "\u0000", null])")});
  ExpectRoundTrip({FromJson(arrow::date32(), "[-719162, 2932896, null]")});
  ExpectRoundTrip({FromJson(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
                            "[-9223372036854775808, 9223372036854775807, null]")});
  ExpectRoundTrip({FromJson(arrow::null(), "[null, null]")});
  ExpectRoundTrip({FromJson(arrow::list(arrow::int32()), "[[], [1, null, 3], null]")});
  ExpectRoundTrip({FromJson(arrow::map(arrow::utf8(), arrow::float64()),
                            R"([[], [["a", 1.5], ["b", null]], null])")});
  ExpectRoundTrip({FromJson(
      arrow::struct_({arrow::field("a", arrow::int32()), arrow::field("b", arrow::utf8())}),
      R"([{"a": 1, "b": "x"}, {"a": null, "b": null}, null])")});
}

TEST(RowCodec, EqualRowsHaveEqualBytes) {
  const auto rows = EncodeAll({FromJson(arrow::float64(), "[0.0, -0.0, NaN, null]")});
  EXPECT_EQ(rows[0], rows[1]);
  EXPECT_NE(rows[0], rows[3]);
  arrow::DoubleBuilder builder;
  ASSERT_TRUE(builder.AppendValues({std::nan("1"), -std::nan("2")}).ok());
  const auto nans = EncodeAll({builder.Finish().ValueOrDie()});
  EXPECT_EQ(nans[0], nans[1]);
  EXPECT_EQ(nans[0], rows[2]);
}

TEST(RowCodec, IsCompact) {
  const auto rows =
      EncodeAll({FromJson(arrow::int64(), "[5, null]"), FromJson(arrow::utf8(), R"(["ab", null])"),
                 FromJson(arrow::decimal128(20, 2), R"(["1.00", null])")});
  EXPECT_EQ(rows[0], std::string("\x00\x0a\x02"
                                 "ab\x01\x64",
                                 7));
  EXPECT_EQ(rows[1], "\x07");
}

TEST(RowCodec, TellsTextOfNeighbouringColumnsApart) {
  const auto rows = EncodeAll(
      {FromJson(arrow::utf8(), R"(["ab", "a"])"), FromJson(arrow::utf8(), R"(["c", "bc"])")});
  EXPECT_NE(rows[0], rows[1]);
}

TEST(RowCodec, RoundTripsRandomTypes) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    RandomArrays random(seed);
    Arrays arrays;
    for (int64_t i = 0, count = 1 + random.Below(12); i < count; ++i)
      arrays.push_back(random.Array(random.Type(3), 20));
    ExpectRoundTrip(arrays);
    // A slice has the same bytes.
    const auto rows = EncodeAll(arrays);
    for (auto& array : arrays) array = array->Slice(7, 9);
    const auto sliced = EncodeAll(arrays);
    EXPECT_EQ(sliced, std::vector<std::string>(rows.begin() + 7, rows.begin() + 16));
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

TEST(RowCodec, RefusesEveryTruncationAndGoesOn) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    RandomArrays random(seed);
    Arrays arrays;
    for (int i = 0; i < 4; ++i) arrays.push_back(random.Array(random.Type(2), 2));
    const auto rows = EncodeAll(arrays);
    RowDecoder decoder(TypesOf(arrays));
    ASSERT_TRUE(decoder.Append(rows[0]).ok());
    for (size_t size = 0; size < rows[1].size(); ++size)
      EXPECT_FALSE(decoder.Append(rows[1].substr(0, size)).ok());
    EXPECT_FALSE(decoder.Append(rows[1] + "x").ok());
    ASSERT_TRUE(decoder.Append(rows[1]).ok());
    const Arrays back = decoder.Finish().ValueOrDie();
    for (size_t i = 0; i < back.size(); ++i)
      EXPECT_TRUE(back[i]->Equals(arrays[i], arrow::EqualOptions().nans_equal(true)));
  }
}

TEST(RowCodec, RefusesWhatIsNoValue) {
  const auto refused = [](std::shared_ptr<arrow::DataType> type, std::string bytes) {
    RowDecoder decoder({std::move(type)});
    return decoder.Append(bytes).IsInvalid();
  };
  EXPECT_TRUE(refused(arrow::boolean(), std::string("\x00\x02", 2)));
  EXPECT_TRUE(refused(arrow::int16(), std::string("\x00\x80\x80\x04", 4)));  // 32768
  EXPECT_TRUE(refused(arrow::int64(), std::string(1, '\0') + std::string(10, '\xff') + "\x01"));
  EXPECT_TRUE(refused(arrow::null(), std::string(1, '\0')));
  EXPECT_TRUE(refused(arrow::int8(), "\x02"));  // a null bit of a second column
  EXPECT_TRUE(refused(arrow::decimal128(38, 0), std::string("\x00\x11", 2) + std::string(17, 'x')));
  const auto map = arrow::map(arrow::int8(), arrow::int8());
  EXPECT_FALSE(refused(map, std::string("\x00\x01\x00\x00\x05\x06", 6)));
  EXPECT_TRUE(refused(map, std::string("\x00\x01\x01", 3)));          // the entry is null
  EXPECT_TRUE(refused(map, std::string("\x00\x01\x00\x01\x06", 5)));  // the key is null
  // A list that says it has 2^63 elements.
  EXPECT_TRUE(refused(arrow::list(arrow::null()),
                      std::string(1, '\0') + std::string(9, '\x80') + "\x01" + "xxxx"));
}

TEST(RowCodec, StartsAnewAfterFinish) {
  const auto column = FromJson(arrow::utf8(), R"(["a", "b"])");
  const auto rows = EncodeAll({column});
  RowDecoder decoder({arrow::utf8()});
  ASSERT_TRUE(decoder.Append(rows[0]).ok());
  ASSERT_TRUE(decoder.Finish().ok());
  EXPECT_EQ(decoder.rows(), 0);
  ASSERT_TRUE(decoder.Append(rows[1]).ok());
  EXPECT_TRUE(decoder.Finish().ValueOrDie()[0]->Equals(column->Slice(1, 1)));
}

}  // namespace
}  // namespace headrace::format
