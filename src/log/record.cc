#include "log/record.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "log/block_format.h"

namespace headrace::log {
namespace {

// The flags that a record begins with.
constexpr uint8_t kTombstone = 1;
constexpr uint8_t kHasHeaders = 2;
// Flags, timestamp, length of key, length of value: one byte each at least.
constexpr size_t kRecordBytesMin = 4;

void AppendBytes(std::string_view bytes, std::string* out) {
  AppendVarint(bytes.size(), out);
  out->append(bytes);
}

bool ReadBytes(std::string_view bytes, size_t* position, std::string_view* value) {
  uint64_t length = 0;
  if (!ReadVarint(bytes, position, &length) || length > bytes.size() - *position) return false;
  *value = bytes.substr(*position, length);
  *position += length;
  return true;
}

bool ReadHeaders(std::string_view bytes, size_t* position, Record* record) {
  uint64_t count = 0;
  if (!ReadVarint(bytes, position, &count) || count > (bytes.size() - *position) / 2) return false;
  record->headers.resize(count);
  for (auto& [name, value] : record->headers) {
    if (!ReadBytes(bytes, position, &name) || !ReadBytes(bytes, position, &value)) return false;
  }
  return true;
}

// Reads the record at `*position` and moves it past; false where the bytes are no record.
bool ReadRecord(std::string_view bytes, int64_t base_timestamp_us, size_t* position,
                Record* record) {
  if (*position >= bytes.size()) return false;
  const auto flags = static_cast<uint8_t>(bytes[(*position)++]);
  if ((flags & ~(kTombstone | kHasHeaders)) != 0) return false;
  record->tombstone = (flags & kTombstone) != 0;
  uint64_t distance = 0;
  if (!ReadVarint(bytes, position, &distance)) return false;
  // Unsigned, so that distances between any two timestamps are defined.
  record->timestamp_us = static_cast<int64_t>(static_cast<uint64_t>(base_timestamp_us) +
                                              static_cast<uint64_t>(UnZigZag(distance)));
  if (!ReadBytes(bytes, position, &record->key)) return false;
  if (!ReadBytes(bytes, position, &record->value)) return false;
  if (record->tombstone && !record->value.empty()) return false;
  record->headers.clear();
  return (flags & kHasHeaders) == 0 || ReadHeaders(bytes, position, record);
}

}  // namespace

void RecordBlockBuilder::Append(const Record& record) {
  assert(!record.tombstone || record.value.empty());
  if (records_ == 0) {
    data_.assign(kBlockHeaderBytes, '\0');
    base_timestamp_us_ = max_timestamp_us_ = record.timestamp_us;
  }
  ++records_;
  max_timestamp_us_ = std::max(max_timestamp_us_, record.timestamp_us);
  data_.push_back(static_cast<char>((record.tombstone ? kTombstone : 0) |
                                    (record.headers.empty() ? 0 : kHasHeaders)));
  AppendVarint(ZigZag(static_cast<int64_t>(static_cast<uint64_t>(record.timestamp_us) -
                                           static_cast<uint64_t>(base_timestamp_us_))),
               &data_);
  AppendBytes(record.key, &data_);
  AppendBytes(record.value, &data_);
  if (record.headers.empty()) return;
  AppendVarint(record.headers.size(), &data_);
  for (const auto& [name, value] : record.headers) {
    AppendBytes(name, &data_);
    AppendBytes(value, &data_);
  }
}

std::string RecordBlockBuilder::Finish() {
  if (records_ == 0) data_.assign(kBlockHeaderBytes, '\0');
  SealBlock({.records = static_cast<uint32_t>(records_),
             .base_timestamp_us = base_timestamp_us_,
             .max_timestamp_us = max_timestamp_us_},
            &data_);
  records_ = base_timestamp_us_ = max_timestamp_us_ = 0;
  return std::exchange(data_, {});
}

Result<RecordBlock> RecordBlock::Parse(std::string bytes, int64_t base_offset) {
  ASSIGN_OR_RAISE(const BlockHeader header, ReadBlockHeader(bytes));
  if (header.records > (bytes.size() - kBlockHeaderBytes) / kRecordBytesMin) {
    return Status::Invalid("a record block of ", bytes.size(), " bytes says it holds ",
                           header.records, " records");
  }
  RecordBlock block;
  block.bytes_ = std::move(bytes);
  block.base_offset_ = base_offset;
  block.next_offset_ = base_offset + header.records;
  block.base_timestamp_us_ = header.base_timestamp_us;
  block.starts_.reserve(header.records);
  size_t position = kBlockHeaderBytes;
  Record record;
  for (uint32_t index = 0; index < header.records; ++index) {
    block.starts_.push_back(static_cast<uint32_t>(position));
    if (!ReadRecord(block.bytes_, header.base_timestamp_us, &position, &record)) {
      return Status::Invalid("record ", index, " of a record block is malformed at byte ",
                             block.starts_.back());
    }
  }
  if (position != block.bytes_.size()) {
    return Status::Invalid("a record block has ", block.bytes_.size() - position,
                           " bytes after its last record");
  }
  return block;
}

RecordBlock RecordBlock::Of(std::vector<Record> records, std::vector<int64_t> offsets,
                            int64_t base_offset, int64_t next_offset,
                            std::shared_ptr<const void> owner) {
  assert(owner != nullptr && records.size() == offsets.size());
  assert(offsets.empty() || (base_offset <= offsets.front() && offsets.back() < next_offset));
  RecordBlock block;
  block.base_offset_ = base_offset;
  block.next_offset_ = next_offset;
  block.owner_ = std::move(owner);
  block.views_ = std::move(records);
  block.offsets_ = std::move(offsets);
  return block;
}

Record RecordBlock::record(int64_t index) const {
  assert(index >= 0 && index < records());
  if (owner_ != nullptr) return views_[static_cast<size_t>(index)];
  Record record;
  size_t position = starts_[static_cast<size_t>(index)];
  const bool parsed = ReadRecord(bytes_, base_timestamp_us_, &position, &record);
  assert(parsed);  // Parse() has seen it.
  (void)parsed;
  return record;
}

void RecordBlock::Trim(int64_t first, int64_t next) {
  assert(owner_ == nullptr);
  assert(base_offset_ <= first && first <= next && next <= next_offset());
  starts_.resize(static_cast<size_t>(next - base_offset_));
  starts_.erase(starts_.begin(), starts_.begin() + (first - base_offset_));
  base_offset_ = first;
  next_offset_ = next;
}

}  // namespace headrace::log
