// Fuzzes RecordBlock::Parse: as the bytes stand, and behind a header whose checksum is right, which
// no mutation would find by itself.
#include <cstdlib>
#include <cstring>
#include <string>

#include "log/block_format.h"
#include "log/record.h"

namespace {

void Check(std::string bytes) {
  auto parsed = headrace::log::RecordBlock::Parse(std::move(bytes), 7);
  if (!parsed.ok()) return;
  headrace::log::RecordBlockBuilder builder;
  for (int64_t i = 0; i < parsed->records(); ++i) builder.Append(parsed->record(i));
  auto again = headrace::log::RecordBlock::Parse(builder.Finish(), 7);
  if (!again.ok() || again->records() != parsed->records()) std::abort();
  for (int64_t i = 0; i < parsed->records(); ++i) {
    const auto left = parsed->record(i);
    const auto right = again->record(i);
    if (left.key != right.key || left.value != right.value || left.headers != right.headers ||
        left.timestamp_us != right.timestamp_us || left.tombstone != right.tombstone) {
      std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  Check(bytes);
  if (bytes.size() < headrace::log::kBlockHeaderBytes) return 0;
  headrace::log::BlockHeader header;
  std::memcpy(&header.records, bytes.data(), sizeof(header.records));
  header.records %= 64;
  std::memcpy(&header.base_timestamp_us, bytes.data() + 8, sizeof(int64_t));
  headrace::log::SealBlock(header, &bytes);
  Check(std::move(bytes));
  return 0;
}
