#include "engine/value_coder.h"

#include <arrow/array/util.h>
#include <arrow/builder.h>

#include <utility>

#include "engine/comparable.h"

namespace headrace::engine {

ValueCoder::ValueCoder(std::shared_ptr<arrow::DataType> type)
    : type_(std::move(type)), ordered_(IsComparable(*type_)), encoder_({type_}) {}

void ValueCoder::Bind(std::shared_ptr<arrow::Array> values) {
  values_ = std::move(values);
  if (!ordered_) encoder_.Bind({values_});
}

void ValueCoder::Append(int64_t row, std::string* out) const {
  if (ordered_) {
    AppendComparable(*values_, row, out);
  } else {
    encoder_.Encode(row, out);
  }
}

Result<std::shared_ptr<arrow::Array>> ValueCoder::Decode(
    const std::vector<std::optional<std::string_view>>& values) const {
  if (ordered_) return DecodeComparable(type_, values);
  static constexpr std::string_view kNullRow("\x01", 1);
  format::RowDecoder decoder({type_});
  for (const auto& value : values) RETURN_NOT_OK(decoder.Append(value.value_or(kNullRow)));
  ASSIGN_OR_RAISE(auto columns, decoder.Finish());
  return columns[0];
}

void AppendTerminated(std::string_view bytes, std::string* out) {
  for (const char c : bytes) {
    out->push_back(c);
    if (c == '\0') out->push_back('\xFF');
  }
  out->append(2, '\0');
}

size_t TerminatedLength(std::string_view bytes) {
  for (size_t i = 0; i + 1 < bytes.size(); ++i) {
    if (bytes[i] != '\0') continue;
    if (bytes[i + 1] == '\0') return i + 2;
    ++i;
  }
  return bytes.size();
}

}  // namespace headrace::engine
