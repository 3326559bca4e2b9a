#include <fmt/format.h>

#include <optional>
#include <utility>

#include "avro/arrow_schema.h"
#include "avro/row_encoder.h"
#include "format/schema_registry.h"
#include "sink/message_encoder.h"

namespace headrace::sink {
namespace {

// The keys, or the values, of a topic.
class Part {
 public:
  // `columns` empty: all.
  static Result<Part> Open(const pipeline::AvroFormat& format, const std::string& topic,
                           const std::string& suffix, std::vector<int> columns,
                           const arrow::Schema& schema) {
    Part part;
    part.subject_ = topic + "-" + suffix;
    part.columns_ = std::move(columns);
    ASSIGN_OR_RAISE(const auto empty,
                    arrow::RecordBatch::MakeEmpty(arrow::schema(schema.fields())));
    const auto selected = part.Select(*empty);
    const arrow::FieldVector& fields = selected->schema()->fields();
    format::SchemaRegistry registry(format);
    if (format.auto_register) {
      RETURN_NOT_OK(avro::CheckNames(fields));
      ASSIGN_OR_RAISE(const auto type, avro::ToAvroType(fields, avro::ToName(topic) + "_" + suffix,
                                                        "headrace", avro::DecimalForm::kBytes));
      ASSIGN_OR_RAISE(part.schema_, registry.Register(part.subject_, type));
    } else {
      ASSIGN_OR_RAISE(part.schema_, registry.Latest(part.subject_));
      if (fields.size() == 1)
        part.schema_.type = format::AsRecord(std::move(part.schema_.type), fields[0]->name());
    }
    RETURN_NOT_OK(part.Bind(*empty));
    return part;
  }

  Status Bind(const arrow::RecordBatch& batch) {
    selected_ = Select(batch);
    auto encoder = avro::RowEncoder::Make(*schema_.type, *selected_);
    if (!encoder.ok()) return Mismatch(encoder.status(), "change the view");
    encoder_ = *std::move(encoder);
    return Status::OK();
  }

  Status Append(int64_t row, std::string* out) {
    out->push_back(0);
    for (int shift = 24; shift >= 0; shift -= 8)
      out->push_back(static_cast<char>(schema_.id >> shift));
    const Status status = encoder_->Encode(row, out);
    return status.ok() ? status : Mismatch(status, "filter or change such rows in the view");
  }

 private:
  std::shared_ptr<arrow::RecordBatch> Select(const arrow::RecordBatch& batch) const {
    arrow::FieldVector fields;
    arrow::ArrayVector arrays;
    for (int i = 0; i < batch.num_columns(); ++i) {
      if (!columns_.empty()) break;
      fields.push_back(batch.schema()->field(i));
      arrays.push_back(batch.column(i));
    }
    for (const int column : columns_) {
      fields.push_back(batch.schema()->field(column));
      arrays.push_back(batch.column(column));
    }
    return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), batch.num_rows(),
                                    std::move(arrays));
  }

  Status Mismatch(const Status& status, const std::string& hint) const {
    return UserError(fmt::format("rows don't fit the schema {} of the subject '{}': {}", schema_.id,
                                 subject_, status.message()),
                     hint);
  }

  std::string subject_;
  std::vector<int> columns_;
  format::RegisteredSchema schema_;
  std::shared_ptr<arrow::RecordBatch> selected_;
  std::unique_ptr<avro::RowEncoder> encoder_;
};

class AvroEncoder : public MessageEncoder {
 public:
  AvroEncoder(std::optional<Part> key, Part value)
      : key_(std::move(key)), value_(std::move(value)) {}

  Status Bind(const arrow::RecordBatch& batch) override {
    if (key_) RETURN_NOT_OK(key_->Bind(batch));
    return value_.Bind(batch);
  }
  Status AppendKey(int64_t row, std::string* out) override { return key_->Append(row, out); }
  Status AppendValue(int64_t row, std::string* out) override { return value_.Append(row, out); }

 private:
  std::optional<Part> key_;
  Part value_;
};

}  // namespace

Result<std::unique_ptr<MessageEncoder>> MakeAvroEncoder(const pipeline::AvroFormat& format,
                                                        const std::string& topic,
                                                        std::vector<int> key,
                                                        const arrow::Schema& schema) {
  std::optional<Part> key_part;
  if (!key.empty()) {
    ASSIGN_OR_RAISE(key_part, Part::Open(format, topic, "key", std::move(key), schema));
  }
  ASSIGN_OR_RAISE(Part value, Part::Open(format, topic, "value", {}, schema));
  return std::make_unique<AvroEncoder>(std::move(key_part), std::move(value));
}

}  // namespace headrace::sink
