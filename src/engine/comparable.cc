#include "engine/comparable.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_decimal.h>
#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/builder.h>

#include <bit>
#include <cmath>
#include <limits>

#include "engine/numbers.h"

namespace headrace::engine {
namespace {

constexpr uint64_t kSignBit = uint64_t{1} << 63;

void AppendBigEndian(uint64_t bits, std::string* out) {
  const uint64_t swapped = __builtin_bswap64(bits);
  out->append(reinterpret_cast<const char*>(&swapped), sizeof(swapped));
}

uint64_t ReadBigEndian(std::string_view bytes) {
  uint64_t bits = 0;
  std::memcpy(&bits, bytes.data(), sizeof(bits));
  return __builtin_bswap64(bits);
}

uint64_t OrderedBits(double value) {
  if (std::isnan(value)) return UINT64_MAX;
  const auto bits = std::bit_cast<uint64_t>(value == 0 ? 0.0 : value);
  return (bits & kSignBit) != 0 ? ~bits : bits | kSignBit;
}

double FromOrderedBits(uint64_t bits) {
  if (bits == UINT64_MAX) return std::numeric_limits<double>::quiet_NaN();
  return std::bit_cast<double>((bits & kSignBit) != 0 ? bits ^ kSignBit : ~bits);
}

void AppendDecimal(const uint8_t* value, std::string* out) {
  uint64_t words[2];
  std::memcpy(words, value, sizeof(words));
  AppendBigEndian(words[1] ^ kSignBit, out);
  AppendBigEndian(words[0], out);
}

Status CheckSize(std::string_view bytes, size_t size) {
  if (bytes.size() == size) return Status::OK();
  return Status::Invalid("a value of the state has ", bytes.size(), " bytes instead of ", size);
}

Result<std::shared_ptr<arrow::Array>> DecodeBytes(
    const std::shared_ptr<arrow::DataType>& type,
    const std::vector<std::optional<std::string_view>>& values) {
  arrow::BinaryBuilder builder;
  for (const auto& value : values) {
    if (!value.has_value() || value->empty()) {
      RETURN_NOT_OK(builder.AppendNull());
    } else {
      RETURN_NOT_OK(builder.Append(value->substr(1)));
    }
  }
  ASSIGN_OR_RAISE(auto array, builder.Finish());
  return array->View(type);
}

Result<std::shared_ptr<arrow::Array>> DecodeDecimals(
    const std::shared_ptr<arrow::DataType>& type,
    const std::vector<std::optional<std::string_view>>& values) {
  arrow::Decimal128Builder builder(type);
  for (const auto& value : values) {
    if (!value.has_value() || value->empty()) {
      RETURN_NOT_OK(builder.AppendNull());
      continue;
    }
    RETURN_NOT_OK(CheckSize(*value, 16));
    RETURN_NOT_OK(builder.Append(arrow::Decimal128(
        static_cast<int64_t>(ReadBigEndian(*value) ^ kSignBit), ReadBigEndian(value->substr(8)))));
  }
  return builder.Finish();
}

template <typename Number, typename Decode>
Result<std::shared_ptr<arrow::Array>> DecodeNumbers(
    const std::shared_ptr<arrow::DataType>& type,
    const std::vector<std::optional<std::string_view>>& values, Decode decode) {
  std::vector<Number> numbers(values.size());
  std::vector<bool> valid(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i].has_value() || values[i]->empty()) continue;
    RETURN_NOT_OK(CheckSize(*values[i], 8));
    numbers[i] = decode(ReadBigEndian(*values[i]));
    valid[i] = true;
  }
  return BuildNumbers(type, numbers, valid);
}

}  // namespace

bool IsComparable(const arrow::DataType& type) {
  return IsIntegerLike(type) || IsFloating(type) || type.id() == arrow::Type::DECIMAL128 ||
         type.id() == arrow::Type::STRING || type.id() == arrow::Type::BINARY;
}

void AppendComparable(const arrow::Array& values, int64_t row, std::string* out) {
  if (values.IsNull(row)) return;
  if (values.type_id() == arrow::Type::STRING || values.type_id() == arrow::Type::BINARY) {
    out->push_back(1);
    out->append(static_cast<const arrow::BinaryArray&>(values).GetView(row));
  } else if (values.type_id() == arrow::Type::DECIMAL128) {
    AppendDecimal(static_cast<const arrow::Decimal128Array&>(values).GetValue(row), out);
  } else if (IsFloating(*values.type())) {
    AppendBigEndian(OrderedBits(DoubleAt(values, row)), out);
  } else {
    AppendBigEndian(static_cast<uint64_t>(IntegerAt(values, row)) ^ kSignBit, out);
  }
}

Result<std::shared_ptr<arrow::Array>> DecodeComparable(
    const std::shared_ptr<arrow::DataType>& type,
    const std::vector<std::optional<std::string_view>>& values) {
  switch (type->id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return DecodeBytes(type, values);
    case arrow::Type::DECIMAL128:
      return DecodeDecimals(type, values);
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
      return DecodeNumbers<double>(type, values, FromOrderedBits);
    default:
      return DecodeNumbers<int64_t>(
          type, values, [](uint64_t bits) { return static_cast<int64_t>(bits ^ kSignBit); });
  }
}

}  // namespace headrace::engine
