#include "sql/type.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace headrace::sql {
namespace {

using ::testing::HasSubstr;

std::string SchemaError(const std::string& ddl) {
  const auto schema = ParseSchema(ddl);
  if (schema.ok()) return "parsed";
  EXPECT_EQ(KindOf(schema.status()), ErrorKind::kUser);
  return Render(DiagnosticsOf(schema.status()).front(), "ddl", ddl);
}

TEST(TypeTest, EverySimpleTypeIsNamedAsItIsWritten) {
  for (const std::string name :
       {"BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "STRING", "BINARY",
        "DATE", "TIMESTAMP", "TIMESTAMP_NTZ", "VOID", "DECIMAL(10,2)", "ARRAY<INT>",
        "MAP<STRING, ARRAY<DOUBLE>>", "STRUCT<mag: DOUBLE, `a b`: STRUCT<c: INT NOT NULL>>"}) {
    const auto type = ParseType(name);
    ASSERT_TRUE(type.ok()) << type.status();
    EXPECT_EQ(TypeName(**type), name);
  }
}

TEST(TypeTest, SynonymsAndCase) {
  const auto name = [](const char* text) { return TypeName(**ParseType(text)); };
  EXPECT_EQ(name("integer"), "INT");
  EXPECT_EQ(name("Long"), "BIGINT");
  EXPECT_EQ(name("byte"), "TINYINT");
  EXPECT_EQ(name("short"), "SMALLINT");
  EXPECT_EQ(name("real"), "FLOAT");
  EXPECT_EQ(name("numeric"), "DECIMAL(10,0)");
  EXPECT_EQ(name("dec(5)"), "DECIMAL(5,0)");
  EXPECT_EQ(name("varchar(20)"), "STRING");
  EXPECT_EQ(name("timestamp_ltz"), "TIMESTAMP");
}

TEST(TypeTest, TimestampsAreMicrosecondsOfUtc) {
  EXPECT_TRUE((*ParseType("TIMESTAMP"))->Equals(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
  EXPECT_TRUE((*ParseType("TIMESTAMP_NTZ"))->Equals(arrow::timestamp(arrow::TimeUnit::MICRO)));
}

TEST(TypeTest, SchemaKeepsOrderNullabilityAndNames) {
  const auto schema = ParseSchema(
      "id STRING NOT NULL COMMENT 'unique', -- a comment\n"
      "`the place` STRUCT<x DOUBLE, y: DOUBLE NOT NULL>, time TIMESTAMP, date DATE");
  ASSERT_TRUE(schema.ok()) << schema.status();
  ASSERT_EQ((*schema)->num_fields(), 4);
  EXPECT_FALSE((*schema)->field(0)->nullable());
  EXPECT_EQ((*schema)->field(1)->name(), "the place");
  EXPECT_FALSE((*schema)->field(1)->type()->field(1)->nullable());
  EXPECT_EQ((*schema)->field(2)->name(), "time");
  EXPECT_EQ((*schema)->field(3)->name(), "date");
}

TEST(TypeTest, UnknownTypeNamesTheNearest) {
  EXPECT_THAT(SchemaError("id STRIG"), HasSubstr("ddl:1:4: error: unknown type 'STRIG'\n"
                                                 "    1 | id STRIG\n"
                                                 "      |    ^~~~~\n"
                                                 "   the types are: BOOLEAN, "));
  EXPECT_THAT(SchemaError("id STRIG"), HasSubstr("did you mean 'STRING'?"));
  EXPECT_THAT(SchemaError("v VARIANT"),
              HasSubstr("1:3: error: the type VARIANT is not supported yet"));
}

TEST(TypeTest, ErrorsHaveTheirPlace) {
  EXPECT_EQ(SchemaError("a INT, A DOUBLE"),
            "ddl:1:8: error: two columns are named 'A'\n"
            "    1 | a INT, A DOUBLE\n"
            "      |        ^\n"
            "   names are compared without regard to case");
  EXPECT_THAT(SchemaError("a STRUCT<b: INT, b: INT>"),
              HasSubstr("1:18: error: two fields are named 'b'"));
  EXPECT_THAT(SchemaError("a DECIMAL(39, 2)"),
              HasSubstr("1:11: error: DECIMAL(39,2) does not exist"));
  EXPECT_THAT(SchemaError("a DECIMAL(5, 6)"), HasSubstr("DECIMAL(5,6) does not exist"));
  EXPECT_THAT(SchemaError("a ARRAY"), HasSubstr("1:8: error: expected '<', found the end"));
  EXPECT_THAT(SchemaError("a INT b INT"),
              HasSubstr("1:7: error: expected ',' or the end, found 'b'"));
  EXPECT_THAT(SchemaError(""), HasSubstr("expected the name of a column, found the end"));
  EXPECT_THAT(SchemaError("a STRUCT<>"), HasSubstr("a STRUCT needs at least one field"));
  EXPECT_THAT(SchemaError("a MAP<MAP<INT, INT>, INT>"), HasSubstr("1:7: error: the key of a map"));
}

TEST(TypeTest, DeepNestingIsAnError) {
  std::string ddl = "a ";
  for (int i = 0; i < 100'000 / 6; ++i) ddl += "ARRAY<";
  EXPECT_THAT(SchemaError(ddl), HasSubstr("types are nested deeper than 128"));
}

}  // namespace
}  // namespace headrace::sql
