// Reads a topic of a source and decodes its records into changes.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/kafka_columns.h"
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
  const pipeline::Source* source = nullptr;
  std::string topic = {};
  int64_t next_offset = 0;
  int64_t records = 0;
  int64_t bytes = 0;  // of keys and values
};

// Thread-safe: partitions are read beside each other.
class SourceReader {
 public:
  static Result<std::unique_ptr<SourceReader>> Make(const pipeline::Source& source,
                                                    std::shared_ptr<log::ReadableTopic> topic);

  // Reads records from `begin` on, at least one and none at or after `end`, which must be there.
  // What comes back depends on the records alone, so that an epoch that is run again sees the same
  // micro-batches.
  Result<SourceSlice> Read(int32_t partition, int64_t begin, int64_t end,
                           const log::ReadLimits& limits);

  const pipeline::Source& source() const { return source_; }

 private:
  // Records that are decoded together: values, or the keys of tombstones.
  struct Run {
    bool tombstones = false;
    std::vector<std::string_view> texts;
    std::vector<Origins::Place> places;
  };

  // What decodes, for one thread at a time.
  struct Decoders {
    std::unique_ptr<format::Decoder> values;
    std::unique_ptr<format::Decoder> keys;  // null where the key is no JSON, or there is none
  };

  SourceReader(const pipeline::Source& source, std::shared_ptr<log::ReadableTopic> topic)
      : source_(source), topic_(std::move(topic)) {}

  Result<Decoders> MakeDecoders() const;
  // Takes decoders that no thread uses, or makes new ones; and gives them back.
  Result<Decoders> TakeDecoders();
  void ReturnDecoders(Decoders decoders);

  Status DecodeRun(const Run& run, const Origins& origins, const Decoders& decoders,
                   SourceSlice* slice);
  // Returns the name of the partition (Changes::partition).
  std::shared_ptr<const std::string> PartitionOf(const Origins& origins);
  // Returns a batch of all columns: those of `decoded`, what the records have beside their value,
  // and nulls.
  Result<std::shared_ptr<arrow::RecordBatch>> Widen(
      const std::shared_ptr<arrow::RecordBatch>& decoded, const Origins& origins) const;

  const pipeline::Source& source_;
  const std::shared_ptr<log::ReadableTopic> topic_;
  std::shared_ptr<arrow::Schema> output_;
  std::shared_ptr<arrow::Schema> values_;    // what is decoded from values
  std::shared_ptr<arrow::Schema> keys_;      // and from keys
  std::optional<KafkaColumnReader> beside_;  // of a source that is Kafka

  std::mutex mutex_;  // guards what follows
  std::vector<Decoders> idle_;
  std::map<int32_t, std::shared_ptr<const std::string>> partitions_;  // their names
};

}  // namespace headrace::engine
