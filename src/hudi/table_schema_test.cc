#include "hudi/table_schema.h"

#include <gmock/gmock.h>

namespace headrace::hudi {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<arrow::Schema> EveryType() {
  const auto place = arrow::struct_(
      {arrow::field("x", arrow::float64(), false), arrow::field("price", arrow::decimal128(9, 3))});
  return arrow::schema({
      arrow::field("b", arrow::boolean()),
      arrow::field("i", arrow::int32(), false),
      arrow::field("l", arrow::int64()),
      arrow::field("f", arrow::float32()),
      arrow::field("d", arrow::float64()),
      arrow::field("price", arrow::decimal128(38, 10)),
      arrow::field("s", arrow::utf8()),
      arrow::field("raw", arrow::binary()),
      arrow::field("day", arrow::date32()),
      arrow::field("at", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
      arrow::field("local", arrow::timestamp(arrow::TimeUnit::MICRO)),
      arrow::field("list", arrow::list(arrow::field("element", place))),
      arrow::field("map", std::make_shared<arrow::MapType>(
                              arrow::field("key", arrow::utf8(), false),
                              arrow::field("value", arrow::list(arrow::field(
                                                        "element", arrow::int32(), false))))),
      arrow::field("place", place),
  });
}

TEST(TableSchemaTest, EveryTypeSurvivesAvro) {
  const auto schema = EveryType();
  EXPECT_TRUE(ToTableSchema(*schema).ValueOrDie()->Equals(*schema));
  const std::string json = ToAvroSchemaJson(*schema, "t");
  const auto read = FromAvroSchema(*avro::ParseSchema(json).ValueOrDie()).ValueOrDie();
  EXPECT_TRUE(read->Equals(*schema)) << json << "\n" << read->ToString();
}

TEST(TableSchemaTest, NamesAreHudis) {
  const auto schema = arrow::schema(
      {arrow::field("p", arrow::decimal128(5, 2)), arrow::field("q", arrow::int32(), false)});
  EXPECT_EQ(ToAvroSchemaJson(*schema, "my-table"),
            R"({"type":"record","name":"my_table_record","namespace":"hoodie.my_table","fields":[)"
            R"({"name":"p","type":["null",{"type":"fixed","name":"fixed",)"
            R"("namespace":"hoodie.my_table.my_table_record.p","size":3,)"
            R"("logicalType":"decimal","precision":5,"scale":2}],"default":null},)"
            R"({"name":"q","type":"int"}]})");
}

TEST(TableSchemaTest, NarrowIntegersWiden) {
  const auto schema = arrow::schema(
      {arrow::field("a", arrow::list(arrow::int8())), arrow::field("b", arrow::int16(), false)});
  const auto table = ToTableSchema(*schema).ValueOrDie();
  EXPECT_TRUE(table->field(0)->type()->field(0)->type()->Equals(arrow::int32()));
  EXPECT_TRUE(table->field(1)->Equals(arrow::field("b", arrow::int32(), false)));
}

TEST(TableSchemaTest, RefusesWhatHudiCannotHold) {
  const auto error = [](const std::string& name, const std::shared_ptr<arrow::DataType>& type) {
    const Status status = ToTableSchema(*arrow::schema({arrow::field(name, type)})).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kUser) << name;
    return status.message();
  };
  EXPECT_THAT(error("a b", arrow::int32()), HasSubstr("the column name 'a b'"));
  EXPECT_THAT(error("n\u00e9", arrow::int32()), HasSubstr("give it another with AS"));
  EXPECT_THAT(error("_hoodie_file_name", arrow::utf8()), HasSubstr("belongs to Hudi"));
  EXPECT_THAT(error("n", arrow::null()), HasSubstr("has the type null"));
  EXPECT_THAT(error("m", arrow::map(arrow::int32(), arrow::int32())), HasSubstr("keys must be"));
  EXPECT_THAT(error("s", arrow::struct_({arrow::field("1", arrow::int32())})), HasSubstr("'1'"));
}

}  // namespace
}  // namespace headrace::hudi
