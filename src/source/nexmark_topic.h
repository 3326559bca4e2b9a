// The topic of a `nexmark` source: nothing of it is stored, its records are made when they are
// read. Partition p of n holds the events p, p + n, p + 2n ... at the offsets 0, 1, 2 ...; so a
// reader goes on exactly where it was.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "log/log.h"
#include "pipeline/pipeline.h"
#include "source/nexmark_generator.h"

namespace headrace::source {

class NexmarkTopic : public log::ReadableTopic {
 public:
  // `source` is a nexmark source. `begin` says by partition where reading goes on: with a `rate`
  // there are no records beyond that yet, and they come from now on.
  NexmarkTopic(const pipeline::Source& source, std::vector<int64_t> begin);

  const std::string& name() const override { return name_; }
  int32_t partitions() const override { return static_cast<int32_t>(begin_.size()); }
  Result<std::vector<log::RecordBlock>> Read(int32_t partition, int64_t offset,
                                             const log::ReadLimits& limits) override;
  Result<log::OffsetRange> Offsets(int32_t partition) override;
  Status CommitOffset(const std::string&, int32_t, int64_t) override { return Status::OK(); }

 private:
  Status CheckPartition(int32_t partition) const;
  // How many records the partition ever has.
  int64_t Size(int32_t partition) const;

  const std::string name_;
  const pipeline::NexmarkSource nexmark_;
  const NexmarkGenerator generator_;
  const std::vector<int64_t> begin_;
  const int64_t opened_us_;  // monotonic
  std::mutex mutex_;
  std::vector<int64_t> read_;  // by partition: the end of what was read; guarded by mutex_
};

}  // namespace headrace::source
