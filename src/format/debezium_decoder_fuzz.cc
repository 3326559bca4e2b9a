// Bytes that may be anything, as a change event and as the key of one: decoded or rejected, and a
// good event before and after is unharmed.
#include <arrow/record_batch.h>

#include "format/decoder.h"
#include "format/random_array.h"
#include "sql/analyzer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace headrace;
  static const auto schema =
      sql::ParseSchema(
          "id BIGINT, a STRING, b ARRAY<INT>, c STRUCT<d: DOUBLE NOT NULL>, lsn BIGINT")
          .ValueOrDie();
  static const auto events =
      format::MakeDebeziumDecoder({.columns = {{"lsn", "source.lsn"}}}, {"id"}, schema)
          .ValueOrDie();
  static const auto keys = format::MakeDebeziumKeyDecoder(schema).ValueOrDie();
  constexpr std::string_view kGood = R"({"op":"c","after":{"id":1,"b":[2]},"source":{"lsn":3}})";
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto out = events->Decode({kGood, bytes, kGood}).ValueOrDie();
  format::Require(out.batch->ValidateFull());
  const int64_t rows = out.batch->num_rows();
  if (rows + static_cast<int64_t>(out.rejected.size()) != 3) __builtin_trap();
  if (static_cast<int64_t>(out.weights.size()) != rows) __builtin_trap();
  if (!out.batch->Slice(0, 1)->Equals(*out.batch->Slice(rows - 1, 1))) __builtin_trap();
  format::Require(keys->Decode({bytes}).ValueOrDie().batch->ValidateFull());
  return 0;
}
