#include "storage/object_file.h"

#include <algorithm>
#include <cstring>

namespace headrace::storage {
namespace {

constexpr int64_t kGapBytesMax = 64 << 10;
constexpr int64_t kRequestBytesMax = 16 << 20;

using arrow::io::ReadRange;

std::vector<ReadRange> Coalesce(std::vector<ReadRange> ranges) {
  std::erase_if(ranges, [](const ReadRange& range) { return range.length <= 0; });
  std::ranges::sort(ranges, {}, &ReadRange::offset);
  std::vector<ReadRange> joined;
  for (const ReadRange& range : ranges) {
    const int64_t end = range.offset + range.length;
    if (!joined.empty()) {
      ReadRange& last = joined.back();
      const int64_t last_end = last.offset + last.length;
      if (range.offset <= last_end + kGapBytesMax && end - last.offset <= kRequestBytesMax) {
        last.length = std::max(last_end, end) - last.offset;
        continue;
      }
    }
    joined.push_back(range);
  }
  return joined;
}

}  // namespace

Status ObjectFile::Fetch(std::vector<ReadRange> ranges) {
  fetched_.clear();
  for (const ReadRange& range : Coalesce(std::move(ranges))) {
    ASSIGN_OR_RAISE(std::string bytes, storage_.GetRange(name_, range.offset, range.length));
    fetched_[range.offset] = arrow::Buffer::FromString(std::move(bytes));
  }
  return Status::OK();
}

Status ObjectFile::Close() {
  is_closed_ = true;
  fetched_.clear();
  return Status::OK();
}

Status ObjectFile::Seek(int64_t position) {
  if (position < 0) return Status::Invalid("a file has no place ", position);
  position_ = position;
  return Status::OK();
}

Result<std::shared_ptr<arrow::Buffer>> ObjectFile::ReadAt(int64_t position, int64_t length) {
  length = std::min(length, size_ - position);
  if (position < 0 || length < 0) return Status::Invalid(name_, " ends before byte ", position);
  auto held = fetched_.upper_bound(position);
  if (held != fetched_.begin()) {
    --held;
    const int64_t offset = position - held->first;
    if (offset + length <= held->second->size())
      return arrow::SliceBuffer(held->second, offset, length);
  }
  ASSIGN_OR_RAISE(std::string bytes, storage_.GetRange(name_, position, length));
  return arrow::Buffer::FromString(std::move(bytes));
}

Result<int64_t> ObjectFile::ReadAt(int64_t position, int64_t length, void* out) {
  ASSIGN_OR_RAISE(const auto buffer, ReadAt(position, length));
  std::memcpy(out, buffer->data(), static_cast<size_t>(buffer->size()));
  return buffer->size();
}

Result<std::shared_ptr<arrow::Buffer>> ObjectFile::Read(int64_t length) {
  ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, length));
  position_ += buffer->size();
  return buffer;
}

Result<int64_t> ObjectFile::Read(int64_t length, void* out) {
  ASSIGN_OR_RAISE(const int64_t read, ReadAt(position_, length, out));
  position_ += read;
  return read;
}

}  // namespace headrace::storage
