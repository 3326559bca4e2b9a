#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "format/decoder.h"
#include "format/json_reader.h"
#include "format/text_value.h"

namespace headrace::format {
namespace {

namespace ondemand = simdjson::ondemand;

// A column that the envelope has.
struct EnvelopeColumn {
  int column = 0;
  std::string name;
  std::vector<std::string> path;
};

std::vector<std::string> SplitPath(const std::string& path) {
  std::vector<std::string> parts;
  size_t begin = 0;
  while (true) {
    const size_t dot = path.find('.', begin);
    parts.push_back(path.substr(begin, dot - begin));
    if (dot == std::string::npos) return parts;
    begin = dot + 1;
  }
}

// What the decoders of events and of their keys share: records one by one into a reader.
class PayloadDecoder : public Decoder {
 public:
  explicit PayloadDecoder(const std::shared_ptr<arrow::Schema>& schema)
      : schema_(schema), reader_(schema) {}

  Result<DecodedBatch> Decode(const std::vector<std::string_view>& records) override {
    RETURN_NOT_OK(reader_.Reserve(static_cast<int64_t>(records.size())));
    DecodedBatch out;
    for (size_t i = 0; i < records.size(); ++i) {
      const bool is_good = reader_.EndRow(Iterate(records[i]) && ReadRow(&out.weights));
      RETURN_NOT_OK(reader_.fatal());
      if (is_good) {
        out.indexes.push_back(static_cast<int64_t>(i));
      } else {
        out.rejected.push_back({static_cast<int64_t>(i), reader_.path(), reader_.reason()});
      }
    }
    if (out.rejected.empty()) out.indexes.clear();
    ASSIGN_OR_RAISE(out.batch, reader_.Finish());
    return out;
  }

 protected:
  // Appends a value to every column, and where rows have weights that of this one, as the last
  // step; false where the record doesn't fit.
  virtual bool ReadRow(std::vector<int8_t>* weights) = 0;

  // Goes to the beginning of the payload. Only one place in a document can be read at a time.
  bool Rewind(ondemand::object* payload) {
    ondemand::object whole;
    document_.rewind();
    if (const auto error = document_.get_object().get(whole)) return Malformed(error);
    const auto error = whole.find_field_unordered("payload").get_object().get(*payload);
    if (error == simdjson::SUCCESS) return true;
    if (error != simdjson::NO_SUCH_FIELD)
      return error == simdjson::INCORRECT_TYPE
                 ? reader_.RejectRow("/payload", "expected an object, found something else")
                 : Malformed(error);
    document_.rewind();
    const auto again = document_.get_object().get(*payload);
    return again == simdjson::SUCCESS || Malformed(again);
  }

  bool Malformed(simdjson::error_code error) {
    if (error == simdjson::INCORRECT_TYPE)
      return reader_.RejectRow("", "expected a JSON object, found something else");
    reader_.SetMalformed(error);
    return false;
  }

  const std::shared_ptr<arrow::Schema> schema_;
  JsonReader reader_;

 private:
  bool Iterate(std::string_view record) {
    buffer_.assign(record);
    buffer_.append(simdjson::SIMDJSON_PADDING, ' ');
    const auto error =
        parser_.iterate(simdjson::padded_string_view(buffer_.data(), record.size(), buffer_.size()))
            .get(document_);
    return error == simdjson::SUCCESS || Malformed(error);
  }

  ondemand::parser parser_;
  ondemand::document document_;
  std::string buffer_;
};

class DebeziumDecoder : public PayloadDecoder {
 public:
  DebeziumDecoder(const pipeline::DebeziumFormat& format, const std::vector<std::string>& key,
                  const std::shared_ptr<arrow::Schema>& schema)
      : PayloadDecoder(schema) {
    std::vector<int> row, keys;
    for (int i = 0; i < schema->num_fields(); ++i) {
      const std::string& name = schema->field(i)->name();
      const auto envelope = format.columns.find(name);
      if (envelope != format.columns.end()) {
        envelope_.push_back({i, name, SplitPath(envelope->second)});
      } else {
        row.push_back(i);
      }
      if (std::ranges::find(key, name) != key.end()) {
        keys.push_back(i);
      } else {
        not_key_.push_back(i);
      }
    }
    row_ = reader_.MakePart(row);
    key_ = reader_.MakePart(keys);
  }

 protected:
  bool ReadRow(std::vector<int8_t>* weights) override {
    ondemand::object payload;
    if (!Rewind(&payload)) return false;
    std::string_view text;
    const auto error = payload.find_field_unordered("op").get_string().get(text);
    if (error != simdjson::SUCCESS)
      return reader_.RejectRow("", "expected a change event of Debezium, found no text 'op'");
    const std::string op(text);
    if (op != "c" && op != "r" && op != "u" && op != "d")
      return reader_.RejectRow("/op", "expected c, r, u or d, found '" + Excerpt(op) + "'");
    const bool is_delete = op == "d";
    if (!(is_delete ? ReadDeleted() : ReadCurrent())) return false;
    weights->push_back(is_delete ? -1 : 1);
    return true;
  }

 private:
  // Opens the row that the payload holds as `name`.
  bool OpenRow(const std::string& name, ondemand::object* row) {
    ondemand::object payload;
    if (!Rewind(&payload)) return false;
    const auto error = payload.find_field_unordered(name).get_object().get(*row);
    return error == simdjson::SUCCESS ||
           reader_.RejectRow("/" + name, "expected the row as an object, found none");
  }

  bool ReadDeleted() {
    ondemand::object row;
    if (!OpenRow("before", &row)) return false;
    if (!reader_.ReadPart(row, *key_))
      return reader_.RejectRow("/before" + reader_.path(), reader_.reason());
    return std::ranges::all_of(not_key_, [&](int column) { return reader_.AppendNull(column); });
  }

  bool ReadCurrent() {
    ondemand::object row;
    if (!OpenRow("after", &row)) return false;
    if (!reader_.ReadPart(row, *row_))
      return reader_.RejectRow("/after" + reader_.path(), reader_.reason());
    return std::ranges::all_of(envelope_,
                               [&](const EnvelopeColumn& column) { return ReadEnvelope(column); });
  }

  bool ReadEnvelope(const EnvelopeColumn& column) {
    ondemand::object object;
    if (!Rewind(&object)) return false;
    ondemand::value value;
    for (size_t i = 0; i < column.path.size(); ++i) {
      auto error = object.find_field_unordered(column.path[i]).get(value);
      const bool is_last = i + 1 == column.path.size();
      if (!error && !is_last) error = value.get_object().get(object);
      if (!error) continue;
      if (schema_->field(column.column)->nullable()) return reader_.AppendNull(column.column);
      return reader_.RejectRow(PointerOf(column), "expected a value NOT NULL, found nothing");
    }
    return reader_.ReadColumn(value, column.column) ||
           reader_.RejectRow(PointerOf(column), reader_.reason());
  }

  static std::string PointerOf(const EnvelopeColumn& column) {
    std::string pointer;
    for (const std::string& part : column.path) pointer += "/" + part;
    return pointer;
  }

  std::vector<EnvelopeColumn> envelope_;
  std::vector<int> not_key_;
  std::shared_ptr<JsonReader::Part> row_;
  std::shared_ptr<JsonReader::Part> key_;
};

class DebeziumKeyDecoder : public PayloadDecoder {
 public:
  explicit DebeziumKeyDecoder(const std::shared_ptr<arrow::Schema>& schema)
      : PayloadDecoder(schema) {
    std::vector<int> columns;
    for (int i = 0; i < schema->num_fields(); ++i) columns.push_back(i);
    key_ = reader_.MakePart(columns);
  }

 protected:
  bool ReadRow(std::vector<int8_t>*) override {
    ondemand::object key;
    return Rewind(&key) && reader_.ReadPart(key, *key_);
  }

 private:
  std::shared_ptr<JsonReader::Part> key_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> MakeDebeziumDecoder(const pipeline::DebeziumFormat& format,
                                                     std::vector<std::string> key,
                                                     std::shared_ptr<arrow::Schema> schema) {
  RETURN_NOT_OK(MakeJsonDecoder(schema).status());  // the same types can be read
  return std::make_unique<DebeziumDecoder>(format, key, schema);
}

Result<std::unique_ptr<Decoder>> MakeDebeziumKeyDecoder(std::shared_ptr<arrow::Schema> schema) {
  RETURN_NOT_OK(MakeJsonDecoder(schema).status());
  return std::make_unique<DebeziumKeyDecoder>(schema);
}

}  // namespace headrace::format
