// Rows as InfluxDB's line protocol:
//
//   activity,magnitude=4,region=Z\ rich quakes=12i,strongest=4.9 1700000000000000000
//
//   tags        the tag columns, sorted by name; one that is null or empty is left out
//   fields      all other columns: integers with an i, reals and decimals as they are in their
//               shortest form, booleans, text in quotes; what is none of these (dates, timestamps,
//               binary, structs, arrays, maps) as the text that format/json_writer.h makes of it.
//               Null, NaN and infinities are left out
//   time        the time column, nanoseconds since 1970 UTC
//
// In measurements, names and tags, commas, equals signs and spaces are escaped by a backslash and
// line breaks and tabs written as \n, \r, \t. They have no form for a backslash at the end, so it
// is dropped (as Telegraf does).
//
// Source: https://docs.influxdata.com/influxdb/v1/write_protocols/line_protocol_reference/
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "pipeline/pipeline.h"

namespace headrace::sink {

// What a point is overwritten and deleted by.
struct PointKey {
  std::vector<std::pair<std::string, std::string>> tags;  // names and values; "" where it has none
  int64_t time_ns = 0;
};

// Thread-safe.
class LineWriter {
 public:
  enum class LineBreaks { kKept, kEscaped };  // in the text of fields

  // Errors: user errors where a tag or time column isn't there, the time is no timestamp, or a
  // name can't be used.
  static Result<LineWriter> Make(const arrow::Schema& schema, const pipeline::InfluxSink& sink,
                                 LineBreaks line_breaks);

  // The columns that name a point: tags and time.
  std::vector<int> key() const;

  // Returns what names the point of a row, or why there is none: its time is null or beyond what
  // nanoseconds can tell (the years 1678 to 2261).
  Result<PointKey> Key(const arrow::RecordBatch& batch, int64_t row) const;

  // Appends the line of a row without its line break, and returns the number of fields left out.
  // The errors are those of Key(), and Invalid where every field is left out; nothing is appended
  // then.
  Result<int64_t> Write(const arrow::RecordBatch& batch, int64_t row, std::string* out) const;

  // Appends "measurement,tag=value", the name of a series.
  void WriteSeries(const PointKey& key, std::string* out) const;

 private:
  struct Column {
    int index;
    std::string name;
    std::string escaped_name;
  };

  std::string measurement_;  // escaped
  std::vector<Column> tags_;
  std::vector<Column> fields_;
  int time_ = -1;
  LineBreaks line_breaks_ = LineBreaks::kKept;
};

}  // namespace headrace::sink
