#include <arrow/array/data.h>
#include <arrow/util/bit_util.h>

#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>

#include "format/row_codec.h"

namespace headrace::format {
namespace {

// Gathers bytes on the stack and hands them to the string in pieces.
class Writer {
 public:
  explicit Writer(std::string* out) : out_(out) {}
  ~Writer() { Flush(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void Byte(uint8_t byte) {
    Room(1);
    buffer_[size_++] = static_cast<char>(byte);
  }
  template <typename T>
  void Fixed(T value) {
    Room(sizeof(T));
    std::memcpy(buffer_ + size_, &value, sizeof(T));
    size_ += sizeof(T);
  }
  void Varint(uint64_t value) {
    Room(10);
    while (value >= 0x80) {
      buffer_[size_++] = static_cast<char>(value | 0x80);
      value >>= 7;
    }
    buffer_[size_++] = static_cast<char>(value);
  }
  void Zigzag(int64_t value) {
    Varint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
  }
  void Bytes(const void* data, size_t size) {
    if (size > sizeof(buffer_) - size_) {
      Flush();
      if (size > sizeof(buffer_)) {
        out_->append(static_cast<const char*>(data), size);
        return;
      }
    }
    std::memcpy(buffer_ + size_, data, size);
    size_ += size;
  }

 private:
  void Room(size_t bytes) {
    if (size_ + bytes > sizeof(buffer_)) Flush();
  }
  void Flush() {
    out_->append(buffer_, size_);
    size_ = 0;
  }

  std::string* out_;
  size_t size_ = 0;
  char buffer_[256];
};

template <typename T>
T Canonical(T value) {
  if (std::isnan(value)) return std::numeric_limits<T>::quiet_NaN();
  return value == 0 ? T{0} : value;
}

// Writes the shortest two's complement of 16 little-endian bytes.
void WriteDecimal(const uint8_t* value, Writer* out) {
  const uint8_t sign = (value[15] & 0x80) != 0 ? 0xff : 0x00;
  int size = 16;
  while (size > 0 && value[size - 1] == sign &&
         (size == 1 ? sign == 0 : ((value[size - 2] ^ sign) & 0x80) == 0)) {
    --size;
  }
  out->Byte(static_cast<uint8_t>(size));
  out->Bytes(value, size);
}

}  // namespace

// An array, opened up to raw pointers once a batch. `index` counts from the array's own first
// value.
struct RowEncoder::Column {
  explicit Column(const arrow::DataType& type) : id(type.id()) {
    for (const auto& field : type.fields())
      children.push_back(std::make_unique<Column>(*field->type()));
  }

  void Bind(std::shared_ptr<arrow::ArrayData> array) {
    assert(array->type->id() == id);
    data = std::move(array);
    offset = data->offset;
    validity = data->buffers[0] == nullptr ? nullptr : data->buffers[0]->data();
    const size_t buffers = data->buffers.size();
    values = buffers > 1 && data->buffers[1] != nullptr ? data->buffers[1]->data() : nullptr;
    bytes = buffers > 2 && data->buffers[2] != nullptr ? data->buffers[2]->data() : nullptr;
    assert(children.size() == data->child_data.size());
    for (size_t i = 0; i < children.size(); ++i) children[i]->Bind(data->child_data[i]);
  }

  bool IsNull(int64_t index) const {
    if (validity != nullptr) return !arrow::bit_util::GetBit(validity, index + offset);
    return id == arrow::Type::NA;
  }

  template <typename T>
  T Value(int64_t index) const {
    T value;
    std::memcpy(&value, values + (index + offset) * static_cast<int64_t>(sizeof(T)), sizeof(T));
    return value;
  }

  void Encode(int64_t index, Writer* out) const;
  void EncodeList(int64_t index, Writer* out) const;

  arrow::Type::type id;
  std::shared_ptr<arrow::ArrayData> data;
  int64_t offset = 0;
  const uint8_t* validity = nullptr;
  const uint8_t* values = nullptr;  // or offsets
  const uint8_t* bytes = nullptr;
  std::vector<std::unique_ptr<Column>> children;
};

namespace {

// Writes null bits of `count` values, `is_null(i)` says of which.
template <typename IsNull>
void WriteNullBits(int64_t count, IsNull is_null, Writer* out) {
  for (int64_t first = 0; first < count; first += 8) {
    const int64_t end = std::min(count, first + 8);
    uint8_t bits = 0;
    for (int64_t i = first; i < end; ++i) {
      if (is_null(i)) bits |= static_cast<uint8_t>(1 << (i - first));
    }
    out->Byte(bits);
  }
}

// Writes one row of `columns`: their null bits, then their values.
template <typename Columns>
void WriteRow(const Columns& columns, int64_t row, Writer* out) {
  WriteNullBits(
      static_cast<int64_t>(columns.size()), [&](int64_t i) { return columns[i]->IsNull(row); },
      out);
  for (const auto& column : columns) {
    if (!column->IsNull(row)) column->Encode(row, out);
  }
}

}  // namespace

void RowEncoder::Column::EncodeList(int64_t index, Writer* out) const {
  const int64_t first = Value<int32_t>(index);
  const int64_t count = Value<int32_t>(index + 1) - first;
  const Column& elements = *children[0];
  out->Varint(static_cast<uint64_t>(count));
  WriteNullBits(
      count, [&](int64_t i) { return elements.IsNull(first + i); }, out);
  for (int64_t i = first; i < first + count; ++i) {
    if (!elements.IsNull(i)) elements.Encode(i, out);
  }
}

void RowEncoder::Column::Encode(int64_t index, Writer* out) const {
  switch (id) {
    case arrow::Type::BOOL:
      return out->Byte(arrow::bit_util::GetBit(values, index + offset) ? 1 : 0);
    case arrow::Type::INT8:
      return out->Byte(Value<uint8_t>(index));
    case arrow::Type::INT16:
      return out->Zigzag(Value<int16_t>(index));
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
      return out->Zigzag(Value<int32_t>(index));
    case arrow::Type::INT64:
      return out->Zigzag(Value<int64_t>(index));
    case arrow::Type::TIMESTAMP:
      return out->Fixed(Value<int64_t>(index));
    case arrow::Type::FLOAT:
      return out->Fixed(Canonical(Value<float>(index)));
    case arrow::Type::DOUBLE:
      return out->Fixed(Canonical(Value<double>(index)));
    case arrow::Type::DECIMAL128:
      return WriteDecimal(values + (index + offset) * 16, out);
    case arrow::Type::STRING:
    case arrow::Type::BINARY: {
      const int32_t begin = Value<int32_t>(index);
      const auto size = static_cast<size_t>(Value<int32_t>(index + 1) - begin);
      out->Varint(size);
      if (size > 0) out->Bytes(bytes + begin, size);
      return;
    }
    case arrow::Type::STRUCT:
      return WriteRow(children, index + offset, out);
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return EncodeList(index, out);
    default:
      assert(!"a type that sql doesn't know");
  }
}

RowEncoder::RowEncoder(std::vector<std::shared_ptr<arrow::DataType>> types) {
  for (const auto& type : types) columns_.push_back(std::make_unique<Column>(*type));
}
RowEncoder::~RowEncoder() = default;
RowEncoder::RowEncoder(RowEncoder&&) noexcept = default;
RowEncoder& RowEncoder::operator=(RowEncoder&&) noexcept = default;

void RowEncoder::Bind(std::vector<std::shared_ptr<arrow::Array>> columns) {
  assert(columns.size() == columns_.size());
  for (size_t i = 0; i < columns.size(); ++i) columns_[i]->Bind(columns[i]->data());
}

void RowEncoder::Encode(int64_t row, std::string* out) const {
  Writer writer(out);
  WriteRow(columns_, row, &writer);
}

}  // namespace headrace::format
