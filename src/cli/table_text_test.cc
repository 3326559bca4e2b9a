#include "cli/table_text.h"

#include <arrow/builder.h>
#include <arrow/json/from_string.h>
#include <gmock/gmock.h>

#include "cli/display_width.h"

namespace headrace::cli {
namespace {

std::shared_ptr<arrow::Table> Sample() {
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("place", arrow::utf8()),
       arrow::field("mag", arrow::float64()), arrow::field("tags", arrow::list(arrow::utf8()))});
  const auto column = [&](int i, const char* json) {
    return arrow::json::ArrayFromJSONString(schema->field(i)->type(), json).ValueOrDie();
  };
  return arrow::Table::Make(
      schema, {column(0, "[1, 20, null]"), column(1, R"(["\u6771\u4eac", null, "a,\"b\"\n"])"),
               column(2, "[4.5, -1, null]"), column(3, R"([["x"], [], null])")});
}

TEST(TableTextTest, AlignsByWidth) {
  EXPECT_EQ(RenderTable(*Sample(), TableForm::kAligned),
            "   id | place   |  mag | tags\n"
            "------+---------+------+-------\n"
            "    1 | \u6771\u4eac    |  4.5 | [\"x\"]\n"
            "   20 | NULL    | -1.0 | []\n"
            " NULL | a,\"b\"\\n | NULL | NULL\n"
            "(3 rows)\n");
}

TEST(TableTextTest, WritesCsv) {
  EXPECT_EQ(RenderTable(*Sample(), TableForm::kCsv),
            "id,place,mag,tags\r\n"
            "1,\u6771\u4eac,4.5,\"[\"\"x\"\"]\"\r\n"
            "20,,-1.0,[]\r\n"
            ",\"a,\"\"b\"\"\n\",,\r\n");
}

TEST(TableTextTest, WritesJsonLines) {
  EXPECT_EQ(RenderTable(*Sample()->Slice(0, 1), TableForm::kJsonLines),
            "{\"id\":1,\"place\":\"\u6771\u4eac\",\"mag\":4.5,\"tags\":[\"x\"]}\n");
}

TEST(TableTextTest, CutsLongCells) {
  const auto schema = arrow::schema({arrow::field("s", arrow::utf8())});
  arrow::StringBuilder builder;
  std::string text;
  for (int i = 0; i < 100; ++i) text += "\u6f22";
  ASSERT_TRUE(builder.Append(text).ok());
  const auto table = arrow::Table::Make(schema, {*builder.Finish()});
  const std::string out = RenderTable(*table, TableForm::kAligned);
  EXPECT_THAT(out, ::testing::HasSubstr("\u6f22\u2026\n(1 row)\n"));
}

TEST(DisplayWidthTest, CountsColumns) {
  EXPECT_EQ(DisplayWidth(""), 0);
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("n\u00e9"), 2);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);
  EXPECT_EQ(DisplayWidth("\u6f22\U0001F600"), 4);
}

}  // namespace
}  // namespace headrace::cli
