#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/decoder.h"
#include "format/json_writer.h"
#include "sql/analyzer.h"

namespace headrace::format {
namespace {

using ::testing::ElementsAre;
using Strings = std::vector<std::string>;

// The rows as weight and JSON, then what was rejected as "index path: reason".
Strings Show(const DecodedBatch& decoded) {
  Strings out;
  for (int64_t row = 0; row < decoded.batch->num_rows(); ++row) {
    out.push_back(decoded.weights.empty()                         ? ""
                  : decoded.weights[static_cast<size_t>(row)] < 0 ? "-"
                                                                  : "+");
    WriteJsonRow(*decoded.batch, row, &out.back());
  }
  for (const RejectedRecord& rejected : decoded.rejected)
    out.push_back(std::to_string(rejected.index) + " " + rejected.path + ": " + rejected.reason);
  return out;
}

Strings Decode(const std::string& ddl, const std::vector<std::string_view>& records,
               const pipeline::DebeziumFormat& format = {}) {
  const auto schema = sql::ParseSchema(ddl).ValueOrDie();
  const auto decoder = MakeDebeziumDecoder(format, {"id"}, schema).ValueOrDie();
  return Show(decoder->Decode(records).ValueOrDie());
}

TEST(DebeziumDecoderTest, SnapshotInsertAndUpdateAreTheRowAfterAndADeleteIsTheKeyBefore) {
  EXPECT_THAT(
      Decode(
          "id BIGINT NOT NULL, name STRING NOT NULL, more ARRAY<INT>",
          {R"({"before":null,"after":{"id":1,"name":"a","more":[1]},"source":{"lsn":7},"op":"r"})",
           R"({"op":"c","after":{"name":"b","id":2,"other":{"x":1}},"before":null})",
           R"({"before":{"id":1,"name":"a"},"after":{"id":1,"name":"c"},"op":"u","ts_ms":9})",
           // Of a deleted row PostgreSQL tells the key alone: the others are null or defaults.
           R"({"before":{"id":2,"name":null,"more":"?"},"after":null,"op":"d"})"}),
      ElementsAre(R"(+{"id":1,"name":"a","more":[1]})", R"(+{"id":2,"name":"b","more":null})",
                  R"(+{"id":1,"name":"c","more":null})", R"(-{"id":2,"name":null,"more":null})"));
}

TEST(DebeziumDecoderTest, WithItsSchemaTheEventIsThePayload) {
  EXPECT_THAT(
      Decode("id BIGINT NOT NULL",
             {R"({"schema":{"type":"struct","fields":[{"field":"op"}]},"payload":{"before":null,)"
              R"("after":{"id":1},"op":"c"}})",
              R"({"payload":{"op":"d","before":{"id":1},"after":null},"schema":null})"}),
      ElementsAre(R"(+{"id":1})", R"(-{"id":1})"));
}

TEST(DebeziumDecoderTest, ColumnsMayBeThoseOfTheEnvelope) {
  EXPECT_THAT(Decode("lsn BIGINT NOT NULL, id BIGINT, kind STRING",
                     {R"({"op":"c","after":{"id":1,"lsn":5},"source":{"db":"x","lsn":70}})",
                      R"({"op":"u","after":{"id":1},"source":{"lsn":"71"}})",
                      R"({"op":"u","after":{"id":1},"source":{}})",
                      R"({"op":"d","before":{"id":1},"source":{"lsn":72}})"},
                     {.columns = {{"lsn", "source.lsn"}, {"kind", "op"}}}),
              ElementsAre(R"(+{"lsn":70,"id":1,"kind":"c"})", R"(-{"lsn":null,"id":1,"kind":null})",
                          "1 /source/lsn: expected BIGINT, found the string '71'",
                          "2 /source/lsn: expected a value NOT NULL, found nothing"));
}

TEST(DebeziumDecoderTest, WhatIsNoChangeOfARowIsRejected) {
  EXPECT_THAT(Decode("id BIGINT NOT NULL, name STRING",
                     {R"({"op":"c","after":{"id":1}})", R"({"op":"t","source":{}})", R"({"id":1})",
                      "[1]", R"({"op":"u","after":null})", R"({"op":"d","before":null})",
                      R"({"op":"c","after":{"id":"x"}})", R"({"op":"d","before":{}})",
                      R"({"op":"c","after":{"id":1)", R"({"payload":null})",
                      R"({"op":"c","after":{"id":2}})"}),
              ElementsAre(R"(+{"id":1,"name":null})", R"(+{"id":2,"name":null})",
                          "1 /op: expected c, r, u or d, found 't'",
                          "2 : expected a change event of Debezium, found no text 'op'",
                          "3 : expected a JSON object, found something else",
                          "4 /after: expected the row as an object, found none",
                          "5 /before: expected the row as an object, found none",
                          "6 /after/id: expected BIGINT, found the string 'x'",
                          "7 /before/id: expected BIGINT NOT NULL, found nothing",
                          ::testing::StartsWith("8 : malformed JSON"),
                          "9 /payload: expected an object, found something else"));
}

TEST(DebeziumDecoderTest, KeysOfMessages) {
  const auto schema = sql::ParseSchema("id BIGINT NOT NULL").ValueOrDie();
  const auto decoder = MakeDebeziumKeyDecoder(schema).ValueOrDie();
  EXPECT_THAT(Show(decoder->Decode({R"({"id":1})", R"({"schema":{},"payload":{"id":2}})", "3"})
                       .ValueOrDie()),
              ElementsAre(R"({"id":1})", R"({"id":2})",
                          "2 : expected a JSON object, found something else"));
}

}  // namespace
}  // namespace headrace::format
