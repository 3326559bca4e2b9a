// A sink that is a Hudi table: the changes of an epoch are one commit, and the epoch's number and
// offsets are in that commit's metadata, under the key `headrace.checkpoint`:
//
//   {"pipeline":"quakes","epoch":7,"clock_us":1790000000000000,
//    "offsets":[{"topic":"feed","partition":0,"next_offset":1707}]}
//
// So an epoch is in the table exactly if its number is. An epoch without changes makes no commit.
#pragma once

#include <arrow/type.h>

#include <memory>

#include "base/status.h"
#include "metrics/registry.h"
#include "pipeline/pipeline.h"
#include "sink/sink.h"

namespace headrace::sink {

// Opens the table of a sink that is a pipeline::HudiSink, or makes it; commits that an earlier run
// left unfinished are rolled back.
//
// Errors: user errors where the table that is there doesn't fit.
Result<std::unique_ptr<Sink>> MakeHudiSink(const pipeline::Pipeline& pipeline,
                                           const pipeline::Sink& definition,
                                           std::shared_ptr<arrow::Schema> schema,
                                           metrics::Registry& registry);

}  // namespace headrace::sink
