#include "base/column_builder.h"

#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/record_batch.h>
#include <arrow/util/bit_util.h>

#include <cstring>

namespace headrace {
namespace {

// Bytes of a value, or -1 where it has offsets.
int WidthOf(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::NA:
    case arrow::Type::STRUCT:
      return 0;
    case arrow::Type::BOOL:
    case arrow::Type::INT8:
      return 1;
    case arrow::Type::INT16:
      return 2;
    case arrow::Type::INT32:
    case arrow::Type::FLOAT:
    case arrow::Type::DATE32:
      return 4;
    case arrow::Type::INT64:
    case arrow::Type::DOUBLE:
    case arrow::Type::TIMESTAMP:
      return 8;
    case arrow::Type::DECIMAL128:
      return 16;
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return -1;
    default:
      assert(!"a type that sql doesn't know");
      return 0;
  }
}

// Packs `count` bytes of 0 and 1 into bits.
Result<std::shared_ptr<arrow::Buffer>> PackBits(const uint8_t* bytes, int64_t count) {
  ASSIGN_OR_RAISE(auto bits, arrow::AllocateBuffer(arrow::bit_util::BytesForBits(count)));
  uint8_t* out = bits->mutable_data();
  if (bits->size() > 0) out[bits->size() - 1] = 0;
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    // Each byte's lowest bit is moved to the top byte by one multiplication.
    uint64_t eight;
    std::memcpy(&eight, bytes + i, 8);
    out[i / 8] = static_cast<uint8_t>((eight * 0x0102040810204080ULL) >> 56);
  }
  for (; i < count; ++i) out[i / 8] |= static_cast<uint8_t>(bytes[i] << (i % 8));
  return std::shared_ptr<arrow::Buffer>(std::move(bits));
}

}  // namespace

ColumnBuilder::ColumnBuilder(std::shared_ptr<arrow::DataType> type)
    : type_(std::move(type)), id_(type_->id()), width_(WidthOf(*type_)) {
  // A map has one child, its entries: a struct of key and value.
  for (const auto& field : type_->fields()) children_.emplace_back(field->type());
}

Status ColumnBuilder::TooLarge() {
  return Status::CapacityError("a column of a batch exceeds 2 GiB; read fewer records at once");
}

int32_t ColumnBuilder::OffsetAt(int64_t index) const {
  if (index == 0) return 0;
  int32_t offset;
  std::memcpy(&offset, offsets_.data() + (index - 1) * sizeof(offset), sizeof(offset));
  return offset;
}

Status ColumnBuilder::AppendNull() {
  if (has_offsets()) {
    const int32_t offset = LastOffset();
    RETURN_NOT_OK(offsets_.Append(&offset, sizeof(offset)));
  } else {
    RETURN_NOT_OK(AppendZeros());
    for (ColumnBuilder& child : children_) RETURN_NOT_OK(child.AppendNull());
  }
  return AppendValid(0);
}

// The usual widths become a store; a call of memset() for each was a quarter of the time of rows
// that lack most of their columns.
Status ColumnBuilder::AppendZeros() {
  switch (width_) {
    case 0:
      return Status::OK();
    case 1:
      return Push(&values_, uint8_t{0});
    case 4:
      return Push(&values_, uint32_t{0});
    case 8:
      return Push(&values_, uint64_t{0});
    default:
      return values_.Append(width_, 0);
  }
}

Status ColumnBuilder::Reserve(int64_t count) {
  RETURN_NOT_OK(valid_.Reserve(count));
  if (has_offsets()) return offsets_.Reserve(count * static_cast<int64_t>(sizeof(int32_t)));
  for (ColumnBuilder& child : children_) RETURN_NOT_OK(child.Reserve(count));
  return values_.Reserve(count * width_);
}

void ColumnBuilder::Truncate(int64_t length) {
  if (has_offsets()) {
    const int64_t end = OffsetAt(length);
    offsets_.Rewind(length * static_cast<int64_t>(sizeof(int32_t)));
    if (children_.empty()) {
      values_.Rewind(end);
    } else {
      children_[0].Truncate(end);
    }
  } else {
    values_.Rewind(length * width_);
    for (ColumnBuilder& child : children_) child.Truncate(length);
  }
  valid_.Rewind(length);
}

Result<std::shared_ptr<arrow::ArrayData>> ColumnBuilder::FinishData() {
  const int64_t length = this->length();
  if (id_ == arrow::Type::NA) {
    valid_.Reset();
    return arrow::ArrayData::Make(type_, length, {nullptr}, length);
  }
  int64_t present = 0;
  for (int64_t i = 0; i < length; ++i) present += valid_.data()[i];
  std::vector<std::shared_ptr<arrow::Buffer>> buffers(1);
  if (present < length) {
    ASSIGN_OR_RAISE(buffers[0], PackBits(valid_.data(), length));
  }
  std::vector<std::shared_ptr<arrow::ArrayData>> children;
  if (has_offsets()) {
    ASSIGN_OR_RAISE(auto offsets, arrow::AllocateBuffer((length + 1) * sizeof(int32_t)));
    std::memset(offsets->mutable_data(), 0, sizeof(int32_t));
    if (length > 0)
      std::memcpy(offsets->mutable_data() + sizeof(int32_t), offsets_.data(), offsets_.length());
    buffers.push_back(std::move(offsets));
  }
  if (id_ == arrow::Type::BOOL) {
    ASSIGN_OR_RAISE(auto bits, PackBits(values_.data(), length));
    buffers.push_back(std::move(bits));
    values_.Reset();
  } else if (width_ != 0 && children_.empty()) {
    ASSIGN_OR_RAISE(auto values, values_.Finish());
    buffers.push_back(std::move(values));
  }
  for (ColumnBuilder& child : children_) {
    ASSIGN_OR_RAISE(auto data, child.FinishData());
    children.push_back(std::move(data));
  }
  valid_.Reset();
  offsets_.Reset();
  return arrow::ArrayData::Make(type_, length, std::move(buffers), std::move(children),
                                length - present);
}

Result<std::shared_ptr<arrow::Array>> ColumnBuilder::Finish() {
  ASSIGN_OR_RAISE(auto data, FinishData());
  return arrow::MakeArray(data);
}

std::vector<ColumnBuilder> MakeColumnBuilders(const arrow::Schema& schema) {
  std::vector<ColumnBuilder> columns;
  for (const auto& field : schema.fields()) columns.emplace_back(field->type());
  return columns;
}

Result<std::shared_ptr<arrow::RecordBatch>> FinishBatch(std::shared_ptr<arrow::Schema> schema,
                                                        int64_t rows,
                                                        std::vector<ColumnBuilder>* columns) {
  arrow::ArrayVector arrays;
  for (ColumnBuilder& column : *columns) {
    ASSIGN_OR_RAISE(auto array, column.Finish());
    arrays.push_back(std::move(array));
  }
  return arrow::RecordBatch::Make(std::move(schema), rows, std::move(arrays));
}

}  // namespace headrace
