// Writes and deletes the points of an epoch over InfluxDB's HTTP interface (sink/influx_server.h),
// in batches.
//
// A server that refuses a batch doesn't say which of its lines are to blame, or not all of them,
// and may have written the others or not. So the batch is halved until the lines that are refused
// are alone; a point that is written again overwrites itself.
#pragma once

#include <memory>
#include <string>

#include "pipeline/pipeline.h"
#include "sink/series.h"
#include "sink/sink_metrics.h"

namespace headrace::sink {

// Makes a client of `definition.url`. It retries what may pass until the run stops. Points that the
// server refuses for good are logged, and returned with its words; the others are written. A server
// that refuses all (wrong token, no such database) is a user error.
//
// `metrics` must outlive it.
std::unique_ptr<SeriesTarget> MakeInfluxClient(const std::string& name,
                                               const pipeline::InfluxSink& definition,
                                               SinkMetrics& metrics);

}  // namespace headrace::sink
