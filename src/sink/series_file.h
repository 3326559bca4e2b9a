// A SeriesFile keeps a time series in a file of line protocol, exactly once. It is appended to,
// epoch by epoch, each in one synced write:
//
//   # headrace pipeline=quakes epoch=0                          the first line of a new file
//   # delete activity,magnitude=4 1700000000000000000           a point that disappeared
//   activity,magnitude=5 quakes=12i 1700000000000000000         a point: a later one of the same
//   # headrace pipeline=quakes epoch=7                          series and time replaces it
//
// What follows the last complete "# headrace" line is an epoch that a crash has cut off: it is
// truncated when the file is opened. A line is a point, for line breaks in text are escaped.
// Reading a file: go through it from the start, a point sets what is kept for its series and time,
// a delete removes it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "sink/series.h"

namespace headrace::sink {

// Durable when Commit() has returned.
class SeriesFile : public SeriesTarget {
 public:
  // Opens the file, or creates it and its folder. `writer` names deleted points; it must outlive
  // the file.
  //
  // Errors: user errors where the file isn't one of `pipeline`'s series.
  static Result<std::unique_ptr<SeriesFile>> Open(const std::string& path,
                                                  const std::string& pipeline,
                                                  const LineWriter& writer);
  ~SeriesFile() override;

  std::optional<int64_t> last_epoch() const override { return last_epoch_; }
  Result<SeriesResult> Commit(const SeriesChanges& changes, const Epoch& epoch,
                              std::stop_token stop) override;

 private:
  SeriesFile(std::string path, std::string pipeline, const LineWriter& writer, int descriptor)
      : path_(std::move(path)),
        pipeline_(std::move(pipeline)),
        writer_(writer),
        descriptor_(descriptor) {}

  Status Recover();
  Status Append(const std::string& bytes);
  Status Truncate(int64_t size);
  Status ErrorOf(const char* what) const;
  std::string EpochLine(int64_t epoch) const;

  std::string path_;
  std::string pipeline_;
  const LineWriter& writer_;
  int descriptor_;
  int64_t size_ = 0;  // of the complete epochs
  int64_t last_epoch_ = 0;
};

}  // namespace headrace::sink
