#include "source/delivery_memory.h"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>

namespace headrace::source {

std::string DigestOf(std::string_view body) {
  const XXH128_hash_t hash = XXH3_128bits(body.data(), body.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

Status DeliveryMemory::Restore(log::Topic& topic) {
  ASSIGN_OR_RAISE(const log::OffsetRange range, topic.Offsets(0));
  ASSIGN_OR_RAISE(int64_t offset, log::OffsetOfNewest(topic, 0, records_max_));
  while (offset < range.next) {
    ASSIGN_OR_RAISE(const auto blocks, topic.Read(0, offset, {}));
    if (blocks.empty()) break;
    for (const log::RecordBlock& block : blocks) {
      for (int64_t i = 0; i < block.records(); ++i) {
        std::string id, digest;
        for (const auto& [name, value] : block.record(i).headers) {
          if (name == kDeliveryId) id = value;
          if (name == kDeliveryDigest) digest = value;
        }
        if (!id.empty()) Add(id, digest);
      }
      offset = block.next_offset();
    }
  }
  return Status::OK();
}

std::optional<std::string> DeliveryMemory::Find(const std::string& id) const {
  const auto found = deliveries_.find(id);
  if (found == deliveries_.end()) return std::nullopt;
  return found->second.digest;
}

void DeliveryMemory::Add(const std::string& id, const std::string& digest) {
  Delivery& delivery = deliveries_[id];
  delivery.digest = digest;
  ++delivery.records;
  order_.push_back(id);
  if (std::ssize(order_) <= records_max_) return;
  const auto oldest = deliveries_.find(order_.front());
  if (--oldest->second.records == 0) deliveries_.erase(oldest);
  order_.pop_front();
}

}  // namespace headrace::source
