// The wall clock, behind an interface so that an epoch can record it and a test can set it.
#pragma once

#include <cstdint>

namespace headrace {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Microseconds since the Unix epoch.
  virtual int64_t NowMicros() = 0;

  // The machine's clock.
  static Clock& System();
};

// Microseconds of a clock that only goes forward; for measuring durations.
int64_t MonotonicMicros();

}  // namespace headrace
