// Reads the records of an epoch, micro-batch by micro-batch: while one is computed, the next is
// read and decoded, its partitions beside each other.
#pragma once

#include <future>
#include <stop_token>
#include <vector>

#include "base/status.h"
#include "base/workers.h"
#include "engine/checkpoint_store.h"
#include "engine/inputs.h"
#include "engine/source_reader.h"

namespace headrace::engine {

// Used by one thread at a time.
class EpochReader {
 public:
  // Errors: a user error where a range is of no source. `inputs` and `workers` must outlive it.
  static Result<EpochReader> Open(Inputs& inputs, Workers& workers,
                                  const std::vector<EpochRange>& ranges);

  // Returns the records of the next micro-batch: some of each range that is left; which, depends on
  // the records alone, so that an epoch that is run again has the same micro-batches.
  //
  // Errors: Cancelled where a server doesn't answer and `stop` is requested. What a planned epoch
  // reads is there, so a server is waited for until then.
  Result<std::vector<SourceSlice>> Next(const std::stop_token& stop);

  // Whether nothing is left.
  bool done() const;

 private:
  struct Part {
    SourceReader* reader = nullptr;
    EpochRange left;
    std::future<Result<SourceSlice>> next = {};
  };

  EpochReader(Inputs& inputs, Workers& workers) : inputs_(&inputs), workers_(&workers) {}

  void StartReading();
  Result<SourceSlice> Finish(Part& part, const std::stop_token& stop);

  Inputs* inputs_;
  Workers* workers_;
  std::vector<Part> parts_;
};

}  // namespace headrace::engine
