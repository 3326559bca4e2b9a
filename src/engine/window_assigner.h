// Which event-time windows a moment belongs to. Windows are aligned to 1970 UTC plus an offset, as
// in Spark: a row belongs to every window [start, start + size) that holds its time.
#pragma once

#include <cstdint>

#include "sql/plan.h"

namespace headrace::engine {

class WindowAssigner {
 public:
  explicit WindowAssigner(const sql::Window& window)
      : size_us_(window.size_us),
        slide_us_(window.slide_us == 0 ? window.size_us : window.slide_us),
        offset_us_(window.start_us) {}

  // Returns the start of the last window that holds `time_us`; where slide exceeds size there may
  // be none: then the moment is not before its end. Successive moments often share a window, which
  // is remembered.
  int64_t LastStart(int64_t time_us) {
    if (time_us >= last_start_us_ && time_us - last_start_us_ < slide_us_) return last_start_us_;
    int64_t rest = (time_us - offset_us_) % slide_us_;
    if (rest < 0) rest += slide_us_;
    last_start_us_ = time_us - rest;
    return last_start_us_;
  }

  int64_t size_us() const { return size_us_; }
  int64_t slide_us() const { return slide_us_; }
  // How many windows a moment belongs to at most.
  int64_t overlap() const { return (size_us_ + slide_us_ - 1) / slide_us_; }

 private:
  int64_t size_us_;
  int64_t slide_us_;
  int64_t offset_us_;
  int64_t last_start_us_ = INT64_MAX;
};

}  // namespace headrace::engine
