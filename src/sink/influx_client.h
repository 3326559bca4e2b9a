// Writes and deletes points over InfluxDB's HTTP interface: v1 (`database`: /write and /query) or
// v2 (`bucket`: /api/v2/write and /api/v2/delete).
//
// Sources: https://docs.influxdata.com/influxdb/v1/tools/api/ and
// https://docs.influxdata.com/influxdb/v2/api/
#pragma once

#include <memory>
#include <string>

#include "pipeline/pipeline.h"
#include "sink/series.h"
#include "sink/sink_metrics.h"

namespace headrace::sink {

// Makes a client of `definition.url`. It retries what may pass until the run stops; points that the
// server refuses for good are logged with its words and counted, the others are written. A server
// that refuses all (wrong token, no such database) is a user error.
//
// `metrics` must outlive it.
std::unique_ptr<SeriesTarget> MakeInfluxClient(const std::string& name,
                                               const pipeline::InfluxSink& definition,
                                               SinkMetrics& metrics);

}  // namespace headrace::sink
