#include "sink/line_protocol.h"

#include <arrow/array.h>

#include <algorithm>
#include <cmath>

#include "format/json_writer.h"

namespace headrace::sink {
namespace {

// The smallest and largest time that InfluxDB keeps.
constexpr int64_t kTimeNsMin = INT64_MIN + 2;
constexpr int64_t kTimeNsMax = INT64_MAX - 1;

constexpr std::string_view kMeasurementSpecials = ", ";
constexpr std::string_view kNameSpecials = ", =";

// Appends the text of a value: a string as it is, anything else as JSON without quotes.
void WritePlain(const arrow::Array& array, int64_t row, std::string* out) {
  if (array.type_id() == arrow::Type::STRING) {
    *out += static_cast<const arrow::StringArray&>(array).GetView(row);
    return;
  }
  std::string json;
  format::WriteJsonValue(array, row, &json);
  const bool quoted = json.size() >= 2 && json.front() == '"';
  *out += quoted ? std::string_view(json).substr(1, json.size() - 2) : std::string_view(json);
}

void WriteText(std::string_view text, bool escape_line_breaks, std::string* out) {
  out->push_back('"');
  for (const char c : text) {
    if (escape_line_breaks && (c == '\n' || c == '\r')) {
      *out += c == '\n' ? "\\n" : "\\r";
      continue;
    }
    if (c == '"' || c == '\\') out->push_back('\\');
    out->push_back(c);
  }
  out->push_back('"');
}

bool IsFinite(const arrow::Array& array, int64_t row) {
  if (array.type_id() == arrow::Type::DOUBLE)
    return std::isfinite(static_cast<const arrow::DoubleArray&>(array).Value(row));
  if (array.type_id() == arrow::Type::FLOAT)
    return std::isfinite(static_cast<const arrow::FloatArray&>(array).Value(row));
  return true;
}

void WriteField(const arrow::Array& array, int64_t row, bool escape_line_breaks, std::string* out) {
  switch (array.type_id()) {
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
      format::WriteJsonValue(array, row, out);
      out->push_back('i');
      return;
    case arrow::Type::BOOL:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::DECIMAL128:
      return format::WriteJsonValue(array, row, out);
    default: {
      std::string text;
      WritePlain(array, row, &text);
      return WriteText(text, escape_line_breaks, out);
    }
  }
}

// "time" is the name that InfluxDB itself gives to the time of a point.
Status CheckName(const std::string& name, const char* what) {
  if (name.empty()) return UserError(std::string("a ") + what + " column has no name");
  if (name != "time") return Status::OK();
  return UserError(std::string("the ") + what + " 'time' has a name that InfluxDB keeps for itself",
                   "give the column another name: SELECT ... AS event_time");
}

// Appends `text` with a backslash before each of `specials`, as it stands in a measurement, a name
// or a tag.
void Escape(std::string_view text, std::string_view specials, std::string* out) {
  while (text.ends_with('\\')) text.remove_suffix(1);
  for (const char c : text) {
    switch (c) {
      case '\n':
        *out += "\\n";
        break;
      case '\r':
        *out += "\\r";
        break;
      case '\t':
        *out += "\\t";
        break;
      default:
        if (specials.find(c) != std::string_view::npos) out->push_back('\\');
        out->push_back(c);
    }
  }
}

}  // namespace

Result<LineWriter> LineWriter::Make(const arrow::Schema& schema, const pipeline::InfluxSink& sink,
                                    LineBreaks line_breaks) {
  LineWriter writer;
  writer.line_breaks_ = line_breaks;
  if (sink.measurement.empty() || sink.measurement.front() == '#') {
    return UserError("'" + sink.measurement + "' can't name a measurement",
                     "expected a name that isn't empty and doesn't begin with #");
  }
  Escape(sink.measurement, kMeasurementSpecials, &writer.measurement_);
  writer.time_ = schema.GetFieldIndex(sink.time);
  if (writer.time_ < 0 || schema.field(writer.time_)->type()->id() != arrow::Type::TIMESTAMP)
    return UserError("the time column '" + sink.time + "' must be a TIMESTAMP");
  for (const std::string& tag : sink.tags) {
    if (schema.GetFieldIndex(tag) < 0) return UserError("there is no tag column '" + tag + "'");
  }
  for (int i = 0; i < schema.num_fields(); ++i) {
    if (i == writer.time_) continue;
    Column column{i, schema.field(i)->name(), ""};
    const bool is_tag =
        std::find(sink.tags.begin(), sink.tags.end(), column.name) != sink.tags.end();
    RETURN_NOT_OK(CheckName(column.name, is_tag ? "tag" : "field"));
    Escape(column.name, kNameSpecials, &column.escaped_name);
    (is_tag ? writer.tags_ : writer.fields_).push_back(std::move(column));
  }
  if (writer.fields_.empty())
    return UserError("a point needs a field: a column that is neither a tag nor the time");
  std::sort(writer.tags_.begin(), writer.tags_.end(),
            [](const Column& left, const Column& right) { return left.name < right.name; });
  return writer;
}

std::vector<int> LineWriter::key() const {
  std::vector<int> columns;
  for (const Column& tag : tags_) columns.push_back(tag.index);
  columns.push_back(time_);
  return columns;
}

Result<PointKey> LineWriter::Key(const arrow::RecordBatch& batch, int64_t row) const {
  PointKey key;
  const auto& times = static_cast<const arrow::TimestampArray&>(*batch.column(time_));
  if (times.IsNull(row)) return Status::Invalid("its time is null");
  if (__builtin_mul_overflow(times.Value(row), int64_t{1000}, &key.time_ns) ||
      key.time_ns < kTimeNsMin || key.time_ns > kTimeNsMax) {
    return Status::Invalid("its time is beyond the years 1678 to 2261");
  }
  for (const Column& tag : tags_) {
    const arrow::Array& array = *batch.column(tag.index);
    std::string& value = key.tags.emplace_back(tag.name, "").second;
    if (array.IsValid(row)) WritePlain(array, row, &value);
  }
  return key;
}

void LineWriter::WriteSeries(const PointKey& key, std::string* out) const {
  *out += measurement_;
  for (size_t i = 0; i < tags_.size(); ++i) {
    std::string value;
    Escape(key.tags[i].second, kNameSpecials, &value);
    if (value.empty()) continue;
    out->push_back(',');
    *out += tags_[i].escaped_name;
    out->push_back('=');
    *out += value;
  }
}

Result<int64_t> LineWriter::Write(const arrow::RecordBatch& batch, int64_t row,
                                  std::string* out) const {
  ASSIGN_OR_RAISE(const PointKey key, Key(batch, row));
  const size_t begin = out->size();
  WriteSeries(key, out);
  int64_t left_out = 0;
  char separator = ' ';
  for (const Column& field : fields_) {
    const arrow::Array& array = *batch.column(field.index);
    if (array.IsNull(row) || !IsFinite(array, row)) {
      ++left_out;
      continue;
    }
    out->push_back(separator);
    *out += field.escaped_name;
    out->push_back('=');
    WriteField(array, row, line_breaks_ == LineBreaks::kEscaped, out);
    separator = ',';
  }
  if (left_out == static_cast<int64_t>(fields_.size())) {
    out->resize(begin);
    return Status::Invalid("it has no field that is a value");
  }
  out->push_back(' ');
  *out += std::to_string(key.time_ns);
  return left_out;
}

}  // namespace headrace::sink
