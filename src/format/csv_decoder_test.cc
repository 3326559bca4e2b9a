#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/csv_row.h"
#include "format/decoder.h"
#include "format/json_writer.h"
#include "sql/analyzer.h"

namespace headrace::format {
namespace {

using ::testing::ElementsAre;
using Strings = std::vector<std::string>;

pipeline::CsvFormat WithoutHeader() {
  pipeline::CsvFormat format;
  format.header = false;
  return format;
}

// The rows as JSON, then what was rejected as "index path: reason".
Strings Decode(const pipeline::CsvFormat& format, const std::string& ddl,
               const std::vector<std::string_view>& records) {
  const auto schema = sql::ParseSchema(ddl).ValueOrDie();
  const auto decoder = MakeCsvDecoder(format, schema->field_names(), schema).ValueOrDie();
  const DecodedBatch decoded = decoder->Decode(records).ValueOrDie();
  Strings out;
  for (int64_t row = 0; row < decoded.batch->num_rows(); ++row) {
    out.emplace_back();
    WriteJsonRow(*decoded.batch, row, &out.back());
  }
  for (const RejectedRecord& rejected : decoded.rejected)
    out.push_back(std::to_string(rejected.index) + " " + rejected.path + ": " + rejected.reason);
  return out;
}

TEST(CsvDecoderTest, EveryTypeIsReadFromItsText) {
  EXPECT_THAT(
      Decode(
          WithoutHeader(),
          "a BOOLEAN, b TINYINT, c BIGINT, d DOUBLE, e DECIMAL(5,2), f STRING, g BINARY, h DATE, "
          "i TIMESTAMP",
          {"TRUE,-128,9007199254740993,1e-3,12.345,x y,aGk=,2026-11-22,2026-11-22T21:00:00+01:00",
           "false,+7,,NaN,,,,,"}),
      ElementsAre(R"({"a":true,"b":-128,"c":9007199254740993,"d":0.001,"e":12.35,"f":"x y",)"
                  R"("g":"aGk=","h":"2026-11-22","i":"2026-11-22T20:00:00Z"})",
                  R"({"a":false,"b":7,"c":null,"d":"NaN","e":null,"f":null,"g":null,"h":null,)"
                  R"("i":null})"));
}

TEST(CsvDecoderTest, QuotesDelimitersAndNulls) {
  EXPECT_THAT(Decode(WithoutHeader(), "a STRING, b STRING",
                     {R"("x,""y""",z)", R"("",)", R"(5" pipe,'q')", "a,b\r\n"}),
              ElementsAre(R"({"a":"x,\"y\"","b":"z"})", R"({"a":"","b":null})",
                          R"({"a":"5\" pipe","b":"'q'"})", R"({"a":"a","b":"b"})"));
  pipeline::CsvFormat other = WithoutHeader();
  other.delimiter = ";";
  other.quote = "'";
  other.null_text = "NA";
  EXPECT_THAT(Decode(other, "a STRING, b INT", {"NA;1", "'NA';NA", ";"}),
              ElementsAre(R"({"a":null,"b":1})", R"({"a":"NA","b":null})", R"({"a":"","b":null})"));
}

TEST(CsvDecoderTest, TheHeaderSaysWhichFieldIsWhich) {
  EXPECT_THAT(
      Decode({}, "id BIGINT NOT NULL, name STRING",
             {"name,other,id\nx,y,1", "name,other,id\nz,,2", "id\n3", "name\nx", "id,id\n1,2", "id",
              "id,name\n\"4\",\"a\nb\""}),
      ElementsAre(R"({"id":1,"name":"x"})", R"({"id":2,"name":"z"})", R"({"id":3,"name":null})",
                  R"({"id":4,"name":"a\nb"})", "3 /id: expected BIGINT NOT NULL, found nothing",
                  "4 : malformed CSV: the header names 'id' twice",
                  "5 : malformed CSV: no row follows the header"));
}

TEST(CsvDecoderTest, WhatDoesNotFitIsRejectedAndTheRestStays) {
  EXPECT_THAT(
      Decode(WithoutHeader(), "a BIGINT NOT NULL, b TINYINT",
             {"1,2", "x,1", ",1", "1,200", "1", "1,2,3", "\"1,2", "\"1\"2,3", "3,\xff", "4,"}),
      ElementsAre(
          R"({"a":1,"b":2})", R"({"a":4,"b":null})", "1 /a: expected BIGINT NOT NULL, found 'x'",
          "2 /a: expected BIGINT NOT NULL, found nothing", "3 /b: expected TINYINT, found '200'",
          "4 : malformed CSV: expected 2 fields, found 1",
          "5 : malformed CSV: expected 2 fields, found 3",
          "6 : malformed CSV: the quote at byte 0 is not closed",
          "7 : malformed CSV: text follows the closing quote at byte 2",
          "8 /b: expected TINYINT, found '\xff'"));
  EXPECT_THAT(Decode(WithoutHeader(), "a STRING", {"\xff", "b"}),
              ElementsAre(R"({"a":"b"})", "0 /a: expected STRING, found text that is no UTF-8"));
}

TEST(CsvRowEndTest, RowsEndWhereNoQuoteIsOpenWhereverTheBytesAreCut) {
  const std::string text = "a,\"x\ny\",5\" z\n\"\"\"\n\",b\nlast";
  pipeline::CsvFormat format;
  format.multiline = true;
  for (size_t piece = 1; piece <= text.size(); ++piece) {
    CsvRowEnd end(format);
    Strings rows;
    size_t begin = 0;
    for (size_t size = std::min(piece, text.size());; size = std::min(size + piece, text.size())) {
      while (true) {
        const size_t found = end.Find(std::string_view(text).substr(begin, size - begin));
        if (found == std::string_view::npos) break;
        rows.push_back(text.substr(begin, found));
        begin += found + 1;
      }
      if (size == text.size()) break;
    }
    EXPECT_THAT(rows, ElementsAre("a,\"x\ny\",5\" z", "\"\"\"\n\",b")) << piece;
  }
}

}  // namespace
}  // namespace headrace::format
