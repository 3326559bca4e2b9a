// A Sink keeps the results of a relation: a Hudi table, a time series, a topic. It is the last
// stage of an epoch:
//
//   Write, Write, ...   the changes of the epoch, as the engine finds them; nothing shows outside
//   Commit(epoch)       all of them become visible at once, and the epoch's number with them
//
// An epoch that was not committed is written again after a crash, with the same changes; one that
// was, is skipped.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/change_batch.h"
#include "base/status.h"
#include "log/log.h"
#include "metrics/registry.h"
#include "pipeline/pipeline.h"

namespace headrace::sink {

// Up to where an epoch read a partition of a topic.
struct SourceOffset {
  std::string topic = {};
  int32_t partition = 0;
  int64_t next_offset = 0;
  std::string kafka_topic = {};  // its name in Kafka, where it is one and the sink's only source
};

struct Epoch {
  std::string pipeline;               // its name
  int64_t number = 0;                 // 1, 2, ...
  int64_t clock_us = 0;               // the recorded wall clock, microseconds since 1970 UTC
  std::vector<SourceOffset> offsets;  // of all that the sink's rows are computed from
};

// What a sink did since it was opened, for the report.
struct SinkTotals {
  int64_t upserts = 0;  // or points, lines, records
  int64_t deletes = 0;
  int64_t commits = 0;
  int64_t quarantined = 0;  // rows that it could not write: in the topic <sink>.quarantine
};

// Used by one thread at a time.
class Sink {
 public:
  virtual ~Sink() = default;

  // Returns the number of the newest epoch that this sink holds, 0 where it holds none. Called
  // once, before Write.
  virtual Result<int64_t> LastCommittedEpoch() = 0;

  // Takes changes of the epoch that runs. The batch is kept as it is, not copied.
  virtual Status Write(const ChangeBatch& batch) = 0;

  // Makes the changes since the last Commit visible, atomically and durably. Without any it may do
  // nothing.
  //
  // Errors: transient ones are retried inside, with back-off, until `stop` is requested; what comes
  // back is final. A stop ends the waiting, not an attempt that goes well: the epoch is finished.
  virtual Status Commit(const Epoch& epoch, std::stop_token stop) = 0;

  virtual SinkTotals totals() const = 0;
};

// Makes the sink that `definition` declares and opens what it writes to. `schema` is that of the
// relation it reads, without system columns. `log` is for what a sink puts aside.
//
// Errors: user errors where the table or series that is there doesn't fit.
Result<std::unique_ptr<Sink>> MakeSink(const pipeline::Pipeline& pipeline,
                                       const pipeline::Sink& definition,
                                       std::shared_ptr<arrow::Schema> schema, log::Log& log,
                                       metrics::Registry& registry);

}  // namespace headrace::sink
