#include "engine/epoch_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/logging.h"
#include "http/retry.h"

namespace headrace::engine {
namespace {

// Bounds of a micro-batch, for each partition: large enough that what a batch costs by itself
// doesn't count, small enough for the processor's cache.
constexpr log::ReadLimits kMicroBatch{.records = 16 << 10, .bytes = 4 << 20};

}  // namespace

Result<EpochReader> EpochReader::Open(Inputs& inputs, Workers& workers,
                                      const std::vector<EpochRange>& ranges) {
  EpochReader reader(inputs, workers);
  for (const EpochRange& range : ranges) {
    SourceReader* const source = inputs.Find(range.topic);
    if (source == nullptr) {
      return UserError(
          fmt::format("the epoch that was under way reads '{}', which is no source any more",
                      range.topic),
          "put the source back and let the epoch finish");
    }
    if (range.begin < range.end) reader.parts_.push_back({source, range});
  }
  reader.StartReading();
  return reader;
}

Result<std::vector<SourceSlice>> EpochReader::Next(const std::stop_token& stop) {
  std::vector<SourceSlice> slices;
  for (Part& part : parts_) {
    ASSIGN_OR_RAISE(slices.emplace_back(), Finish(part, stop));
    part.left.begin = slices.back().next_offset;
  }
  std::erase_if(parts_, [](const Part& part) { return part.left.begin >= part.left.end; });
  StartReading();
  return slices;
}

bool EpochReader::done() const { return parts_.empty(); }

void EpochReader::StartReading() {
  for (Part& part : parts_) {
    part.next = workers_->Start([reader = part.reader, range = part.left] {
      return reader->Read(range.partition, range.begin, range.end, kMicroBatch);
    });
  }
}

Result<SourceSlice> EpochReader::Finish(Part& part, const std::stop_token& stop) {
  http::Backoff backoff({.first_delay_us = 100'000, .delay_us_max = 5'000'000},
                        static_cast<uint64_t>(MonotonicMicros()));
  auto slice = part.next.get();
  while (!slice.ok() && KindOf(slice.status()) == ErrorKind::kTransient) {
    LogWarning("engine", "{}; the epoch waits", slice.status().message());
    if (!http::SleepFor(backoff.Next(std::nullopt).value_or(0), stop))
      return Status::Cancelled(slice.status().message());
    RETURN_NOT_OK(inputs_->Refresh());
    slice = part.reader->Read(part.left.partition, part.left.begin, part.left.end, kMicroBatch);
  }
  return slice;
}

}  // namespace headrace::engine
