// A Claim says which run writes a half of a Kafka log: ingestion, which appends what sources bring,
// or processing, which appends what it puts aside. It stands in the cursor topic (cursor_topic.h),
// as JSON, and each transaction of the run renews it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace headrace::log {

struct Claim {
  std::string pipeline = {};
  std::string run = {};  // unique
  std::string host = {};
  int64_t pid = 0;
  std::string process = {};  // on the host, unlike that of any other process since it was started
  int64_t since_us = 0;      // microseconds since 1970 UTC
  int64_t number = 0;        // of the run's transactions: 1, 2, ...
  bool is_released = false;  // the run has ended
  // Of processing: whose results the sinks hold.
  std::string state = {};   // identity of the engine's state
  std::string folder = {};  // where that is
  int64_t epoch = 0;        // the newest that the sinks may hold
};

// A claim of this process, with a new `run`.
Claim MakeClaim(const std::string& pipeline);

std::string EncodeClaim(const Claim& claim);
// Errors: fatal where the text is no claim.
Result<Claim> DecodeClaim(std::string_view text);

// Whether the process is known to be gone. Of another machine, or another container, nothing is.
bool HasEnded(const Claim& claim);

// "process 4711 on host 'a', which runs since 2026-11-22T08:00:00Z".
std::string HolderText(const Claim& claim);

}  // namespace headrace::log
