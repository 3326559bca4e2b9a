// Bytes that may be anything, read as a log file: what is accepted must be a valid batch. Parquet
// content is left out: its reader is Arrow's, which is fuzzed where it is made.
#include "hudi/data_block.h"
#include "hudi/delete_block.h"
#include "hudi/table_schema.h"

namespace headrace::hudi {
namespace {

void ReadBlock(const LogBlock& block) {
  if (block.type == LogBlockType::kDelete) (void)DecodeDeletes(block.content);
  if (block.type != LogBlockType::kAvroData) return;
  const auto writer = avro::ParseSchema(block.Header(LogHeader::kSchema));
  if (!writer.ok()) return;
  // As its own columns, and as those of another table.
  const auto own = FromAvroSchema(**writer);
  const auto other = arrow::schema({arrow::field("id", arrow::int64()),
                                    arrow::field("tags", arrow::list(arrow::utf8())),
                                    arrow::field("at", arrow::timestamp(arrow::TimeUnit::MICRO))});
  for (const auto& schema : {own.ok() ? *own : other, other}) {
    const auto batches = ReadDataBlock(block, schema);
    if (!batches.ok()) continue;
    for (const auto& batch : *batches)
      if (!batch->Validate().ok()) __builtin_trap();
  }
}

}  // namespace
}  // namespace headrace::hudi

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace headrace::hudi;
  const auto blocks = ParseLogFile({reinterpret_cast<const char*>(data), size});
  if (!blocks.ok()) return 0;
  for (const LogBlock& block : *blocks) ReadBlock(block);
  return 0;
}
