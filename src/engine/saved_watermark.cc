#include "engine/saved_watermark.h"

#include <string>

#include "engine/bytes.h"

namespace headrace::engine {
namespace {

constexpr std::string_view kEntry = "w";

}  // namespace

void SavedWatermark::SaveChanges(StateBlock* block) {
  if (watermark_us_ == saved_us_) return;
  std::string value;
  AppendNumber(*watermark_us_, &value);
  block->Put(kEntry, value);
  saved_us_ = watermark_us_;
}

bool SavedWatermark::OwnsEntry(std::string_view key) { return key == kEntry; }

Status SavedWatermark::Restore(std::string_view value) {
  int64_t watermark_us = 0;
  RETURN_NOT_OK(ByteReader(value).ReadNumber(&watermark_us));
  watermark_us_ = saved_us_ = watermark_us;
  return Status::OK();
}

}  // namespace headrace::engine
