// Where a time series is kept: a database over HTTP, or a file. The Influx sink makes points of
// the rows and hands over those of one epoch at once.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "sink/line_protocol.h"
#include "sink/sink.h"

namespace headrace::sink {

// The points of one epoch. What is deleted is deleted before anything is written.
struct SeriesChanges {
  std::vector<PointKey> deletes;
  std::vector<std::string> lines;  // line protocol, without line breaks at their ends
};

// A point that the other side refused for good, and its words.
struct RefusedPoint {
  std::string line;
  std::string reason;
};

// What came of it.
struct SeriesResult {
  int64_t bytes = 0;                  // written, before compression
  std::vector<RefusedPoint> refused;  // the others are kept
};

// Used by one thread at a time.
class SeriesTarget {
 public:
  virtual ~SeriesTarget() = default;

  // The newest epoch that is kept, 0 where none is; nothing where epochs are not remembered because
  // a point written again overwrites itself.
  virtual std::optional<int64_t> last_epoch() const = 0;

  // Writes the changes of an epoch durably. The errors are those of Sink::Commit.
  virtual Result<SeriesResult> Commit(const SeriesChanges& changes, const Epoch& epoch,
                                      std::stop_token stop) = 0;
};

}  // namespace headrace::sink
