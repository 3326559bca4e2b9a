// A DeliveryMemory knows which requests the topic of a webhook holds. It needs no store of its own:
// each record carries the identity of its request as a header, so what was appended last tells.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "log/log.h"

namespace headrace::source {

// Names of the headers of records in the topic.
inline constexpr std::string_view kDeliveryId = "delivery";
inline constexpr std::string_view kDeliveryDigest = "digest";

// Of a body: XXH3, 128 bits, hexadecimal.
std::string DigestOf(std::string_view body);

// Not thread-safe.
class DeliveryMemory {
 public:
  // Remembers the requests of the last `records_max` records.
  explicit DeliveryMemory(int64_t records_max) : records_max_(records_max) {}

  // Reads the end of partition 0 of the topic.
  Status Restore(log::Topic& topic);

  // Returns the digest of the body of a request that is remembered.
  std::optional<std::string> Find(const std::string& id) const;

  // Remembers one more record, and forgets the oldest where there are too many.
  void Add(const std::string& id, const std::string& digest);

 private:
  struct Delivery {
    std::string digest;
    int64_t records = 0;
  };
  const int64_t records_max_;
  std::unordered_map<std::string, Delivery> deliveries_;  // by identity
  std::deque<std::string> order_;                         // the identity of each record
};

}  // namespace headrace::source
