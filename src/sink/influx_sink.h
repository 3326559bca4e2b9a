// The InfluxSink keeps a relation as a time series: each row is a point, named by its tags and its
// time. A row that is replaced overwrites its point, one that disappears deletes it.
//
// Over HTTP (`url`) a point written again overwrites itself, so an epoch that is run again after a
// crash does no harm. In a file (`path`) each epoch is written once (sink/series_file.h).
//
// A row without a time or without any field that has a value, and a point that the server refuses
// for good, goes to the topic <sink>.quarantine with the reason: the row as JSON, the point as a
// line. It is counted (headrace_sink_quarantined_total) and logged.
#pragma once

#include <arrow/type.h>

#include <memory>
#include <string>

#include "base/status.h"
#include "log/log.h"
#include "metrics/registry.h"
#include "pipeline/pipeline.h"
#include "sink/sink.h"

namespace headrace::sink {

// Errors: user errors where the columns don't make a series or the file isn't one of `pipeline`'s.
Result<std::unique_ptr<Sink>> MakeInfluxSink(const std::string& pipeline, const std::string& name,
                                             const pipeline::InfluxSink& definition,
                                             std::shared_ptr<arrow::Schema> schema, log::Log& log,
                                             metrics::Registry& registry);

}  // namespace headrace::sink
