#include <utility>

#include "format/json_writer.h"
#include "sink/message_encoder.h"

namespace headrace::sink {
namespace {

class JsonEncoder : public MessageEncoder {
 public:
  explicit JsonEncoder(std::vector<int> key) : key_(std::move(key)) {}

  Status Bind(const arrow::RecordBatch& batch) override {
    batch_ = &batch;
    return Status::OK();
  }

  // {"column":value,...} of the key's columns.
  Status AppendKey(int64_t row, std::string* out) override {
    *out += '{';
    for (size_t i = 0; i < key_.size(); ++i) {
      if (i > 0) *out += ',';
      format::WriteJsonString(batch_->schema()->field(key_[i])->name(), out);
      *out += ':';
      format::WriteJsonValue(*batch_->column(key_[i]), row, out);
    }
    *out += '}';
    return Status::OK();
  }

  Status AppendValue(int64_t row, std::string* out) override {
    format::WriteJsonRow(*batch_, row, out);
    return Status::OK();
  }

 private:
  const std::vector<int> key_;
  const arrow::RecordBatch* batch_ = nullptr;
};

}  // namespace

std::unique_ptr<MessageEncoder> MakeJsonEncoder(std::vector<int> key) {
  return std::make_unique<JsonEncoder>(std::move(key));
}

}  // namespace headrace::sink
