#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "avro/row_reader.h"
#include "format/decoder.h"
#include "format/schema_registry.h"
#include "sql/type.h"

namespace headrace::format {
namespace {

constexpr size_t kHeaderSize = 5;    // 0, and the number of the schema, big-endian
constexpr size_t kSchemasMax = 256;  // that are kept

// One that a writer used.
struct Writer {
  std::unique_ptr<avro::RowReader> rows;  // none where the schema cannot be used
  std::string problem;                    // then: why
  bool is_lasting = true;                 // what the registry doesn't know now, it may know later
  int64_t last_use = 0;
};

class AvroDecoder : public Decoder {
 public:
  // `bare`: a value that is no record is that of the only column.
  AvroDecoder(const pipeline::AvroFormat& format, std::shared_ptr<arrow::Schema> schema, bool bare)
      : registry_(format),
        schema_(std::move(schema)),
        bare_(bare),
        columns_(MakeColumnBuilders(*schema_)) {}

  Result<DecodedBatch> Decode(const std::vector<std::string_view>& records) override {
    std::erase_if(writers_, [](const auto& entry) { return !entry.second.is_lasting; });
    Writer* writer = nullptr;
    int32_t writer_id = 0;
    int64_t rows = 0;
    DecodedBatch out;
    for (ColumnBuilder& column : columns_) {
      column.Truncate(0);  // an error may have left some
      RETURN_NOT_OK(column.Reserve(std::ssize(records)));
    }
    for (int64_t i = 0; i < std::ssize(records); ++i) {
      RejectedRecord rejected{i, "", ""};
      int32_t id = 0;
      if (ReadId(records[i], &id, &rejected.reason)) {
        if (writer == nullptr || id != writer_id) {
          ASSIGN_OR_RAISE(writer, Find(id));
          writer_id = id;
        }
        RETURN_NOT_OK(Read(records[i].substr(kHeaderSize), *writer, &rejected));
      }
      if (rejected.reason.empty()) {
        ++rows;
        out.indexes.push_back(i);
      } else {
        for (ColumnBuilder& column : columns_) column.Truncate(rows);
        out.rejected.push_back(std::move(rejected));
      }
    }
    if (out.rejected.empty()) out.indexes.clear();
    ASSIGN_OR_RAISE(out.batch, FinishBatch(schema_, rows, &columns_));
    return out;
  }

 private:
  static bool ReadId(std::string_view record, int32_t* id, std::string* reason) {
    if (record.empty()) {
      *reason = "malformed Avro: the message is empty";
    } else if (record[0] != 0) {
      *reason =
          fmt::format("malformed Avro: expected the byte 0 before the number of a schema, found {}",
                      static_cast<uint8_t>(record[0]));
    } else if (record.size() < kHeaderSize) {
      *reason = "malformed Avro: the message ends within the number of its schema";
    } else {
      uint32_t number = 0;
      for (size_t i = 1; i < kHeaderSize; ++i)
        number = number << 8 | static_cast<uint8_t>(record[i]);
      *id = static_cast<int32_t>(number);
      if (*id <= 0) *reason = fmt::format("malformed Avro: no schema has the number {}", number);
    }
    return reason->empty();
  }

  // Appends a row; sets the reason where it doesn't fit.
  Status Read(std::string_view row, Writer& writer, RejectedRecord* rejected) {
    if (writer.rows == nullptr) {
      rejected->reason = writer.problem;
    } else if (!writer.rows->Read(row, &columns_)) {
      RETURN_NOT_OK(writer.rows->fatal());
      rejected->path = writer.rows->path();
      rejected->reason = writer.rows->reason();
    }
    return Status::OK();
  }

  // What is returned lives until the next call.
  Result<Writer*> Find(int32_t id) {
    auto found = writers_.find(id);
    if (found == writers_.end()) {
      ASSIGN_OR_RAISE(Writer writer, Ask(id));
      if (writers_.size() >= kSchemasMax)
        writers_.erase(std::ranges::min_element(
            writers_, {}, [](const auto& entry) { return entry.second.last_use; }));
      found = writers_.emplace(id, std::move(writer)).first;
    }
    found->second.last_use = ++uses_;
    return &found->second;
  }

  Result<Writer> Ask(int32_t id) {
    ASSIGN_OR_RAISE(RegisteredSchema schema, registry_.Find(id));
    Writer writer;
    writer.problem = std::move(schema.problem);
    writer.is_lasting = schema.type != nullptr;
    if (schema.type == nullptr) return writer;
    if (bare_) schema.type = AsRecord(std::move(schema.type), schema_->field(0)->name());
    writer.rows = std::make_unique<avro::RowReader>(std::move(schema.type), schema_, sql::TypeName);
    return writer;
  }

  SchemaRegistry registry_;
  const std::shared_ptr<arrow::Schema> schema_;
  const bool bare_;
  std::vector<ColumnBuilder> columns_;
  std::map<int32_t, Writer> writers_;
  int64_t uses_ = 0;
};

}  // namespace

Result<std::unique_ptr<Decoder>> MakeAvroDecoder(const pipeline::AvroFormat& format,
                                                 std::shared_ptr<arrow::Schema> schema) {
  return std::make_unique<AvroDecoder>(format, std::move(schema), false);
}

Result<std::unique_ptr<Decoder>> MakeAvroKeyDecoder(const pipeline::AvroFormat& format,
                                                    std::shared_ptr<arrow::Schema> schema) {
  const bool bare = schema->num_fields() == 1;
  return std::make_unique<AvroDecoder>(format, std::move(schema), bare);
}

}  // namespace headrace::format
