// Arbitrary bytes as CSV: decoded or rejected, record by record, and the same piece by piece.
#include <cstdlib>

#include "format/csv_row.h"
#include "format/decoder.h"
#include "sql/analyzer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace headrace;
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  pipeline::CsvFormat csv;
  csv.header = (data[0] & 1) != 0;
  csv.multiline = (data[0] & 2) != 0;
  const auto schema =
      sql::ParseSchema("a BIGINT, b STRING, c DOUBLE, d TIMESTAMP, e DECIMAL(9,2)").ValueOrDie();
  const auto decoder = format::MakeCsvDecoder(csv, schema->field_names(), schema).ValueOrDie();
  const auto decoded = decoder->Decode({bytes, "a,b\n1,2", bytes}).ValueOrDie();
  if (!decoded.batch->ValidateFull().ok()) std::abort();
  if (decoded.batch->num_rows() + std::ssize(decoded.rejected) != 3) std::abort();

  format::CsvRowEnd whole(csv), pieces(csv);
  const size_t end = whole.Find(bytes);
  for (size_t i = 0; i <= bytes.size(); ++i) {
    const size_t found = pieces.Find(bytes.substr(0, i));
    if (found != std::string_view::npos && (found != end || i != end + 1)) std::abort();
    if (found != std::string_view::npos) break;
  }
  return 0;
}
