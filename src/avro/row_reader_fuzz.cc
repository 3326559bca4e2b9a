// Arbitrary bytes as a schema and a row of it: read as columns of every type, or refused.
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cstdlib>
#include <memory>

#include "avro/row_reader.h"
#include "avro/schema.h"

namespace {

std::shared_ptr<arrow::Schema> EveryType() {
  using arrow::field;
  const auto place = arrow::struct_({field("x", arrow::float64()), field("y", arrow::int8())});
  return arrow::schema(
      {field("a", arrow::boolean()), field("b", arrow::int16()), field("c", arrow::int64(), false),
       field("d", arrow::float32()), field("e", arrow::utf8()), field("f", arrow::binary()),
       field("g", arrow::decimal128(20, 4)), field("h", arrow::date32()),
       field("i", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")), field("j", arrow::list(place)),
       field("k", arrow::map(arrow::utf8(), arrow::int32())), field("l", place)});
}

}  // namespace

// The schema ends at the first byte that is 0.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace headrace;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t end = bytes.find('\0');
  if (end == std::string_view::npos) return 0;
  auto writer = avro::ParseSchema(bytes.substr(0, end));
  if (!writer.ok()) return 0;
  static const auto schema = EveryType();
  avro::RowReader reader(*writer, schema,
                         [](const arrow::DataType& type) { return type.ToString(); });
  auto columns = MakeColumnBuilders(*schema);
  int64_t rows = 0;
  for (int i = 0; i < 2; ++i) {
    if (reader.Read(bytes.substr(end + 1), &columns)) {
      ++rows;
    } else if (reader.reason().empty()) {
      std::abort();
    }
    for (ColumnBuilder& column : columns) column.Truncate(rows);
  }
  const auto batch = FinishBatch(schema, rows, &columns).ValueOrDie();
  if (!batch->ValidateFull().ok()) std::abort();
  return 0;
}
