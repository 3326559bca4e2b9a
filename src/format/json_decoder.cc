#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "format/decoder.h"
#include "format/json_reader.h"
#include "sql/analyzer.h"

namespace headrace::format {
namespace {

constexpr size_t kRecordBytesMax = 256 << 20;
constexpr int kDepthMax = 64;

// Checks that JSON can hold a column of `type`.
Status CheckType(const arrow::DataType& type, const std::string& name, int depth) {
  if (depth > kDepthMax)
    return UserError("the column '" + name + "' is nested too deeply",
                     "types nest up to " + std::to_string(kDepthMax) + " deep");
  if (type.id() == arrow::Type::MAP &&
      static_cast<const arrow::MapType&>(type).key_type()->id() != arrow::Type::STRING) {
    return UserError("the column '" + name + "' is a " + sql::TypeName(type),
                     "names in JSON are strings: write MAP<STRING, ...>");
  }
  for (const auto& field : type.fields())
    RETURN_NOT_OK(CheckType(*field->type(), name + "." + field->name(), depth + 1));
  return Status::OK();
}

class JsonDecoder : public Decoder {
 public:
  explicit JsonDecoder(const std::shared_ptr<arrow::Schema>& schema) : reader_(schema) {}

  Result<DecodedBatch> Decode(const std::vector<std::string_view>& records) override {
    RETURN_NOT_OK(reader_.Reserve(static_cast<int64_t>(records.size())));
    DecodedBatch out;
    for (size_t i = 0; i < records.size(); ++i) {
      const bool read = ReadRecord(records[i]);
      RETURN_NOT_OK(reader_.fatal());
      if (!read) {
        if (out.rejected.empty()) {
          for (size_t j = 0; j < i; ++j) out.indexes.push_back(static_cast<int64_t>(j));
        }
        out.rejected.push_back({static_cast<int64_t>(i), reader_.path(), reader_.reason()});
      } else if (!out.rejected.empty()) {
        out.indexes.push_back(static_cast<int64_t>(i));
      }
    }
    ASSIGN_OR_RAISE(out.batch, reader_.Finish());
    return out;
  }

 private:
  // simdjson reads up to SIMDJSON_PADDING bytes beyond a document: it gets a copy, which stays in
  // the processor's cache.
  bool ReadRecord(std::string_view record) {
    simdjson::error_code error = simdjson::CAPACITY;
    if (record.size() <= kRecordBytesMax) {
      const size_t needed = record.size() + simdjson::SIMDJSON_PADDING;
      if (buffer_.size() < needed) buffer_.resize(std::max(needed, 2 * buffer_.size()));
      std::memcpy(buffer_.data(), record.data(), record.size());
      std::memset(buffer_.data() + record.size(), ' ', simdjson::SIMDJSON_PADDING);
      simdjson::ondemand::document document;
      error = parser_.iterate(simdjson::padded_string_view(buffer_.data(), record.size(), needed))
                  .get(document);
      if (error == simdjson::SUCCESS) return reader_.Read(document);
    }
    reader_.SetMalformed(error);
    return false;
  }

  JsonReader reader_;
  simdjson::ondemand::parser parser_;
  std::string buffer_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> MakeJsonDecoder(std::shared_ptr<arrow::Schema> schema) {
  for (const auto& field : schema->fields())
    RETURN_NOT_OK(CheckType(*field->type(), field->name(), 1));
  return std::make_unique<JsonDecoder>(schema);
}

}  // namespace headrace::format
