// A RecordWriter appends what a poll brought to the partitions of a topic, each together with the
// cursor that says so.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/log.h"
#include "source/http_cursor.h"
#include "source/version_filter.h"

namespace headrace::source {

// Not thread-safe.
class RecordWriter {
 public:
  explicit RecordWriter(std::shared_ptr<log::Topic> topic);

  // Reads what earlier runs stored: the progress, and into `filter` the versions.
  Result<HttpProgress> Restore(VersionFilter* filter);

  int32_t partitions() const { return static_cast<int32_t>(builders_.size()); }
  // The partition that a record belongs to: always the same for one identity.
  int32_t PartitionOf(const std::string& identity) const;

  // Adds to what the next Commit() appends. The bytes are copied.
  void Add(int32_t partition, const log::Record& record);
  int64_t bytes() const { return bytes_; }
  int64_t records() const { return records_; }

  // Appends all that was added, and with the last append stores `progress` (with those before it
  // the progress that was stored so far). Where nothing was added nothing is stored, unless
  // `always`.
  //
  // Errors: those of the topic; then this object is of no more use.
  Status Commit(const HttpProgress& progress, const VersionFilter& filter, bool always);

 private:
  std::string Cursor(int32_t partition, const HttpProgress& progress,
                     const VersionFilter& filter) const;

  const std::shared_ptr<log::Topic> topic_;
  std::vector<log::RecordBlockBuilder> builders_;  // by partition
  int64_t bytes_ = 0;
  int64_t records_ = 0;
  HttpProgress stored_;
};

}  // namespace headrace::source
