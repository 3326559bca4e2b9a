// The events of the Nexmark benchmark: people who sell and bid, auctions, and bids on them, as the
// public generator makes them (github.com/nexmark/nexmark): in 50 events one person, three
// auctions and 46 bids; half of the bids go to the hot auction of the moment, three of four come
// from its hot bidder; every second bid comes over one of four hot channels.
//
// An event follows from the seed and its number alone: any part of the sequence can be made anew.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace headrace::source {

struct NexmarkOptions {
  int64_t seed = 1;
  int64_t start_us = 0;                // event time of event 0, microseconds since 1970 UTC
  int64_t events_per_second = 10'000;  // of event time
};

// Immutable after it is made: threads may share it.
class NexmarkGenerator {
 public:
  explicit NexmarkGenerator(const NexmarkOptions& options);

  // No event is longer.
  static constexpr int64_t kEventBytesMax = 4096;

  // Writes event `number` (from 0 on) as a JSON object to `out`, where kEventBytesMax bytes are
  // free; returns the end of what it wrote. `event_type` says which of `person` (0), `auction` (1)
  // and `bid` (2) the object has; times are "2026-01-01 00:00:00.000", UTC.
  char* Write(int64_t number, char* out) const;

  int64_t TimeOf(int64_t number) const;  // microseconds since 1970 UTC

 private:
  struct Channel {
    std::string name, url;
  };

  char* WritePerson(int64_t number, char* out) const;
  char* WriteAuction(int64_t number, char* out) const;
  char* WriteBid(int64_t number, char* out) const;

  const NexmarkOptions options_;
  std::vector<Channel> channels_;  // the hot ones first
};

}  // namespace headrace::source
