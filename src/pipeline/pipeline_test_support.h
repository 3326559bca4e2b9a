// What the tests of this module share.
#pragma once

#include <stdexcept>
#include <string>

#include "pipeline/pipeline.h"

namespace headrace::pipeline {

// A small pipeline that is right: tests change one thing of it.
inline const std::string kGoodPipeline = R"(name: quakes
state: var/quakes
sources:
  feed:
    http: {url: "http://127.0.0.1:8900/feed", every: 5 s, records: /features}
    key: [id]
    order_by: properties.updated
    schema: |
      id STRING NOT NULL,
      properties STRUCT<mag: DOUBLE, time: BIGINT, updated: BIGINT, type: STRING>,
      geometry STRUCT<coordinates: ARRAY<DOUBLE>>
views:
  quakes:
    sql: |
      SELECT id, timestamp_millis(properties.time) AS time, properties.mag AS mag
      FROM feed WHERE properties.type = 'earthquake'
    watermark: {column: time, delay: 1 hour}
  activity:
    sql: |
      SELECT window.start AS time, floor(mag) AS magnitude, count(*) AS quakes
      FROM quakes GROUP BY window(time, '1 hour'), floor(mag)
sinks:
  table:
    from: quakes
    hudi: {path: lake/quakes, key: [id], order_by: time}
  series:
    from: activity
    influxdb: {path: series.lp, measurement: activity, tags: [magnitude], time: time}
)";

// `text` with the only occurrence of `old` replaced. Throws where there isn't exactly one.
inline std::string Replace(std::string text, const std::string& old, const std::string& now) {
  const size_t at = text.find(old);
  if (at == std::string::npos || text.find(old, at + 1) != std::string::npos)
    throw std::logic_error("not exactly once: " + old);
  return text.replace(at, old.size(), now);
}

// What a user sees of the errors of `text`; "ok" where there are none.
inline std::string Errors(const std::string& text, const Environment& environment = {}) {
  const auto pipeline = ParsePipeline(text, "f.yaml", environment);
  if (pipeline.ok()) return "ok";
  std::string out;
  for (const Diagnostic& diagnostic : DiagnosticsOf(pipeline.status()))
    out += Render(diagnostic, "f.yaml", text) + "\n";
  return out;
}

}  // namespace headrace::pipeline
