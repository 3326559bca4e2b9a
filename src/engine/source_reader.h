// Reads the topic of a source and decodes its records into changes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/operator.h"
#include "format/decoder.h"
#include "log/log.h"
#include "pipeline/pipeline.h"

namespace headrace::engine {

// Some records of one partition.
struct SourceSlice {
  std::vector<Changes> batches;
  struct BadRecord {
    Origin origin;
    std::string path;  // JSON Pointer
    std::string reason;
  };
  std::vector<BadRecord> bad;  // those that don't fit the schema
  int64_t next_offset = 0;
  int64_t records = 0;
  int64_t bytes = 0;  // of keys and values
};

// Used by one thread at a time.
class SourceReader {
 public:
  static Result<std::unique_ptr<SourceReader>> Make(const pipeline::Source& source,
                                                    std::shared_ptr<log::Topic> topic);

  // Reads records from `begin` on, at least one and none at or after `end`, which must be there.
  // What comes back depends on the records alone, so that an epoch that is run again sees the same
  // micro-batches.
  Result<SourceSlice> Read(int32_t partition, int64_t begin, int64_t end,
                           const log::ReadLimits& limits);

  log::Topic& topic() { return *topic_; }
  const pipeline::Source& source() const { return source_; }

 private:
  // Records that are decoded together: values, or the keys of tombstones.
  struct Run {
    bool tombstones = false;
    std::vector<std::string_view> texts;
    std::vector<Origins::Place> places;
  };

  SourceReader(const pipeline::Source& source, std::shared_ptr<log::Topic> topic)
      : source_(source), topic_(std::move(topic)) {}

  Status DecodeRun(const Run& run, const Origins& origins, SourceSlice* slice);
  Result<std::shared_ptr<arrow::RecordBatch>> WidenKeys(
      const std::shared_ptr<arrow::RecordBatch>& keys) const;

  const pipeline::Source& source_;
  const std::shared_ptr<log::Topic> topic_;
  std::shared_ptr<arrow::Schema> output_;
  std::unique_ptr<format::Decoder> values_;
  std::unique_ptr<format::Decoder> keys_;  // null where the source has no key
};

}  // namespace headrace::engine
