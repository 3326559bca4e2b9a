#include "engine/order_key.h"

#include <arrow/record_batch.h>

#include "engine/comparable.h"

namespace headrace::engine {
namespace {

// Behind a null first, before any value; behind every value.
constexpr char kNullFirst = 0;
constexpr char kValue = 1;
constexpr char kNullLast = 2;

bool HasFixedWidth(const arrow::DataType& type) {
  return type.id() != arrow::Type::STRING && type.id() != arrow::Type::BINARY;
}

// Appends bytes of any length so that what follows doesn't count: 0 becomes 0 255, the end 0 0.
void AppendEscaped(std::string_view bytes, std::string* out) {
  for (const char byte : bytes) {
    out->push_back(byte);
    if (byte == 0) out->push_back(static_cast<char>(255));
  }
  out->append(2, '\0');
}

}  // namespace

void OrderKeyEncoder::Bind(const arrow::RecordBatch& batch) {
  arrays_.clear();
  for (const sql::SortColumn& column : columns_) arrays_.push_back(batch.column(column.column));
}

void OrderKeyEncoder::Encode(int64_t row, std::string* out) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    const arrow::Array& values = *arrays_[i];
    if (values.IsNull(row)) {
      out->push_back(columns_[i].nulls_first ? kNullFirst : kNullLast);
      continue;
    }
    out->push_back(kValue);
    const size_t begin = out->size();
    if (HasFixedWidth(*values.type())) {
      AppendComparable(values, row, out);
    } else {
      value_.clear();
      AppendComparable(values, row, &value_);
      AppendEscaped(value_, out);
    }
    if (!columns_[i].descending) continue;
    for (size_t at = begin; at < out->size(); ++at) (*out)[at] = static_cast<char>(~(*out)[at]);
  }
}

}  // namespace headrace::engine
