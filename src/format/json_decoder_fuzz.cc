// Bytes that may be anything, as the value of a record of a schema with every type. What is
// accepted must be a valid batch; a good record before and after must be unharmed.
#include <arrow/array.h>
#include <arrow/record_batch.h>

#include "format/decoder.h"
#include "format/random_array.h"
#include "sql/analyzer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto schema =
      headrace::sql::ParseSchema(
          "a BOOLEAN, b TINYINT, c INT, d BIGINT, e FLOAT, f DOUBLE, g DECIMAL(10,2), h STRING, "
          "i BINARY, j DATE, k TIMESTAMP, l ARRAY<INT>, m MAP<STRING, ARRAY<STRING>>, "
          "n STRUCT<o: INT, p: STRING NOT NULL, q: DECIMAL(38,10)>, r SMALLINT")
          .ValueOrDie();
  static const auto decoder = headrace::format::MakeJsonDecoder(schema).ValueOrDie();
  constexpr std::string_view kGood = R"({"c":7,"h":"text","m":{"x":["y"]},"n":{"p":"z"}})";
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto out = decoder->Decode({kGood, bytes, kGood}).ValueOrDie();
  headrace::format::Require(out.batch->ValidateFull());
  const int64_t rows = out.batch->num_rows();
  if (rows + static_cast<int64_t>(out.rejected.size()) != 3) __builtin_trap();
  for (const auto& record : out.rejected) {
    if (record.index != 1 || record.reason.empty()) __builtin_trap();
  }
  if (!out.batch->Slice(0, 1)->Equals(*out.batch->Slice(rows - 1, 1))) __builtin_trap();
  return 0;
}
