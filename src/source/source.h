// A Source brings records from outside into a topic, until it is stopped. It runs in a thread of
// its own; where it got to is kept in the topic, in the same atomic step as the records
// (log::ProducerCursor), so that it goes on there.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include "base/clock.h"
#include "base/status.h"
#include "log/log.h"
#include "metrics/registry.h"
#include "pipeline/pipeline.h"
#include "storage/open_storage.h"

namespace headrace::source {

class Source {
 public:
  virtual ~Source() = default;

  // Brings records until `stop` is requested, or with `until_caught_up` until there is nothing new
  // for now. Returns OK in both cases. A bad answer is counted and retried; only what the pipeline
  // file declares fatal, and what the local log refuses, is an error.
  virtual Status Run(std::stop_token stop, bool until_caught_up) = 0;
};

// Makes the source that `definition` declares. Its records go to `topic`; `storage` is how stores
// that it reads are reached.
Result<std::unique_ptr<Source>> MakeSource(const pipeline::Source& definition,
                                           std::shared_ptr<log::Topic> topic,
                                           metrics::Registry& registry, Clock& clock,
                                           const storage::StorageOptions& storage = {});

}  // namespace headrace::source
