#include <array>
#include <cstring>
#include <limits>

#include "base/column_builder.h"
#include "format/row_codec.h"

namespace headrace::format {
namespace {

Status Malformed(const char* what) { return Status::Invalid("malformed row: ", what); }

// Reads from bytes that may be anything.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  size_t remaining() const { return bytes_.size(); }

  Status Bytes(uint64_t count, std::string_view* out) {
    if (count > bytes_.size()) return Malformed("it is cut off");
    *out = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return Status::OK();
  }
  template <typename T>
  Status Fixed(T* out) {
    std::string_view bytes;
    RETURN_NOT_OK(Bytes(sizeof(T), &bytes));
    std::memcpy(out, bytes.data(), sizeof(T));
    return Status::OK();
  }
  Status Varint(uint64_t* out) {
    uint64_t value = 0;
    for (size_t i = 0; i < 10 && i < bytes_.size(); ++i) {
      const auto byte = static_cast<uint8_t>(bytes_[i]);
      if (i == 9 && byte > 1) break;
      value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
      if (byte < 0x80) {
        bytes_.remove_prefix(i + 1);
        *out = value;
        return Status::OK();
      }
    }
    return Malformed("a varint doesn't end");
  }
  template <typename T>
  Status Zigzag(T* out) {
    uint64_t value = 0;
    RETURN_NOT_OK(Varint(&value));
    const auto number = static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
    if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max())
      return Malformed("a number exceeds its type");
    *out = static_cast<T>(number);
    return Status::OK();
  }
  // The null bits of `count` values.
  Status NullBits(uint64_t count, std::string_view* out) {
    RETURN_NOT_OK(Bytes(count / 8 + (count % 8 != 0 ? 1 : 0), out));
    if (count % 8 != 0 && (static_cast<uint8_t>(out->back()) >> (count % 8)) != 0)
      return Malformed("null bits beyond the last column");
    return Status::OK();
  }

 private:
  std::string_view bytes_;
};

bool IsNull(std::string_view null_bits, uint64_t index) {
  return ((static_cast<uint8_t>(null_bits[index / 8]) >> (index % 8)) & 1) != 0;
}

Status AppendValue(Reader* in, ColumnBuilder* out);

template <typename T>
Status AppendFixed(Reader* in, ColumnBuilder* out) {
  T value{};
  RETURN_NOT_OK(in->Fixed(&value));
  return out->AppendFixed(value);
}

template <typename T>
Status AppendInteger(Reader* in, ColumnBuilder* out) {
  T value{};
  RETURN_NOT_OK(in->Zigzag(&value));
  return out->AppendFixed(value);
}

Status AppendBool(Reader* in, ColumnBuilder* out) {
  uint8_t value = 0;
  RETURN_NOT_OK(in->Fixed(&value));
  if (value > 1) return Malformed("a boolean is neither 0 nor 1");
  return out->AppendFixed(value);
}

Status AppendDecimal(Reader* in, ColumnBuilder* out) {
  uint8_t size = 0;
  std::string_view bytes;
  RETURN_NOT_OK(in->Fixed(&size));
  if (size > 16) return Malformed("a decimal exceeds 16 bytes");
  RETURN_NOT_OK(in->Bytes(size, &bytes));
  std::array<uint8_t, 16> value;
  value.fill(size > 0 && (static_cast<uint8_t>(bytes.back()) & 0x80) != 0 ? 0xff : 0x00);
  std::memcpy(value.data(), bytes.data(), size);
  return out->AppendFixed(value);
}

Status AppendText(Reader* in, ColumnBuilder* out) {
  uint64_t size = 0;
  std::string_view bytes;
  RETURN_NOT_OK(in->Varint(&size));
  RETURN_NOT_OK(in->Bytes(size, &bytes));
  return out->AppendBytes(bytes);
}

Status AppendStruct(Reader* in, ColumnBuilder* out) {
  std::string_view null_bits;
  RETURN_NOT_OK(in->NullBits(out->children(), &null_bits));
  for (int i = 0; i < out->children(); ++i) {
    ColumnBuilder& child = out->child(i);
    RETURN_NOT_OK(IsNull(null_bits, i) ? child.AppendNull() : AppendValue(in, &child));
  }
  return out->AppendStruct();
}

Status AppendList(Reader* in, ColumnBuilder* out) {
  uint64_t count = 0;
  std::string_view null_bits;
  RETURN_NOT_OK(in->Varint(&count));
  RETURN_NOT_OK(in->NullBits(count, &null_bits));
  ColumnBuilder& elements = out->child(0);
  for (uint64_t i = 0; i < count; ++i) {
    RETURN_NOT_OK(IsNull(null_bits, i) ? elements.AppendNull() : AppendValue(in, &elements));
  }
  return out->AppendList();
}

// A map is a list of entries, but neither they nor their keys are null.
Status AppendMap(Reader* in, ColumnBuilder* out) {
  uint64_t count = 0;
  std::string_view null_bits;
  RETURN_NOT_OK(in->Varint(&count));
  RETURN_NOT_OK(in->NullBits(count, &null_bits));
  ColumnBuilder& entries = out->child(0);
  for (uint64_t i = 0; i < count; ++i) {
    if (IsNull(null_bits, i)) return Malformed("a map's entry is null");
    RETURN_NOT_OK(AppendStruct(in, &entries));
    if (entries.child(0).IsNull(entries.length() - 1)) return Malformed("a map's key is null");
  }
  return out->AppendList();
}

// Recursion is as deep as the type.
Status AppendValue(Reader* in, ColumnBuilder* out) {
  switch (out->id()) {
    case arrow::Type::BOOL:
      return AppendBool(in, out);
    case arrow::Type::INT8:
      return AppendFixed<int8_t>(in, out);
    case arrow::Type::INT16:
      return AppendInteger<int16_t>(in, out);
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
      return AppendInteger<int32_t>(in, out);
    case arrow::Type::INT64:
      return AppendInteger<int64_t>(in, out);
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DOUBLE:
      return AppendFixed<int64_t>(in, out);
    case arrow::Type::FLOAT:
      return AppendFixed<int32_t>(in, out);
    case arrow::Type::DECIMAL128:
      return AppendDecimal(in, out);
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return AppendText(in, out);
    case arrow::Type::STRUCT:
      return AppendStruct(in, out);
    case arrow::Type::LIST:
      return AppendList(in, out);
    case arrow::Type::MAP:
      return AppendMap(in, out);
    case arrow::Type::NA:
      return Malformed("a value of the type that has none");
    default:
      assert(!"a type that sql doesn't know");
      return Malformed("a type that sql doesn't know");
  }
}

Status AppendRow(Reader* in, std::vector<ColumnBuilder>* columns) {
  std::string_view null_bits;
  RETURN_NOT_OK(in->NullBits(columns->size(), &null_bits));
  for (size_t i = 0; i < columns->size(); ++i) {
    ColumnBuilder& column = (*columns)[i];
    RETURN_NOT_OK(IsNull(null_bits, i) ? column.AppendNull() : AppendValue(in, &column));
  }
  return in->remaining() == 0 ? Status::OK() : Malformed("bytes after its end");
}

}  // namespace

RowDecoder::RowDecoder(std::vector<std::shared_ptr<arrow::DataType>> types) {
  for (const auto& type : types) columns_.emplace_back(type);
}
RowDecoder::~RowDecoder() = default;
RowDecoder::RowDecoder(RowDecoder&&) noexcept = default;
RowDecoder& RowDecoder::operator=(RowDecoder&&) noexcept = default;

Status RowDecoder::Append(std::string_view row) {
  Reader reader(row);
  Status status = AppendRow(&reader, &columns_);
  if (status.ok()) {
    ++rows_;
  } else {
    for (ColumnBuilder& column : columns_) column.Truncate(rows_);
  }
  return status;
}

int64_t RowDecoder::rows() const { return rows_; }

Result<std::vector<std::shared_ptr<arrow::Array>>> RowDecoder::Finish() {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (ColumnBuilder& column : columns_) {
    ASSIGN_OR_RAISE(auto array, column.Finish());
    columns.push_back(std::move(array));
  }
  rows_ = 0;
  return columns;
}

}  // namespace headrace::format
