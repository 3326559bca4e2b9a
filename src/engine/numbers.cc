#include "engine/numbers.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/util/bit_util.h>

#include <cassert>
#include <cstring>
#include <string>

namespace headrace::engine {
namespace {

template <typename Stored>
const Stored* Raw(const arrow::Array& values) {
  return values.data()->GetValues<Stored>(1);
}

template <typename Stored, typename Number>
void Widen(const arrow::Array& values, std::vector<Number>* scratch) {
  const Stored* raw = Raw<Stored>(values);
  scratch->assign(raw, raw + values.length());
}

// The bytes of one integer-like value; 0 stands for the bits of a boolean.
int ByteWidth(const arrow::DataType& type) {
  return type.id() == arrow::Type::BOOL ? 0 : type.byte_width();
}

std::shared_ptr<arrow::Buffer> ValidityBits(const std::vector<bool>& valid, int64_t* nulls) {
  *nulls = 0;
  for (const bool one : valid) *nulls += one ? 0 : 1;
  if (*nulls == 0) return nullptr;
  std::vector<uint8_t> bits(arrow::bit_util::BytesForBits(static_cast<int64_t>(valid.size())));
  for (size_t i = 0; i < valid.size(); ++i) arrow::bit_util::SetBitTo(bits.data(), i, valid[i]);
  return arrow::Buffer::FromVector(std::move(bits));
}

template <typename Stored, typename Number>
std::shared_ptr<arrow::Buffer> Narrow(const std::vector<Number>& values) {
  return arrow::Buffer::FromVector(std::vector<Stored>(values.begin(), values.end()));
}

std::shared_ptr<arrow::Buffer> Bits(const std::vector<int64_t>& values) {
  std::vector<uint8_t> bits(arrow::bit_util::BytesForBits(static_cast<int64_t>(values.size())));
  for (size_t i = 0; i < values.size(); ++i) {
    arrow::bit_util::SetBitTo(bits.data(), static_cast<int64_t>(i), values[i] != 0);
  }
  return arrow::Buffer::FromVector(std::move(bits));
}

std::shared_ptr<arrow::Array> Assemble(const std::shared_ptr<arrow::DataType>& type, int64_t rows,
                                       std::shared_ptr<arrow::Buffer> data,
                                       const std::vector<bool>& valid) {
  int64_t nulls = 0;
  auto bits = ValidityBits(valid, &nulls);
  return arrow::MakeArray(
      arrow::ArrayData::Make(type, rows, {std::move(bits), std::move(data)}, nulls));
}

}  // namespace

bool IsIntegerLike(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL:
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::DATE32:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
      return true;
    default:
      return false;
  }
}

bool IsFloating(const arrow::DataType& type) {
  return type.id() == arrow::Type::FLOAT || type.id() == arrow::Type::DOUBLE;
}

int64_t IntegerAt(const arrow::Array& values, int64_t row) {
  switch (ByteWidth(*values.type())) {
    case 0:
      return static_cast<const arrow::BooleanArray&>(values).Value(row) ? 1 : 0;
    case 1:
      return Raw<int8_t>(values)[row];
    case 2:
      return Raw<int16_t>(values)[row];
    case 4:
      return Raw<int32_t>(values)[row];
    default:
      return Raw<int64_t>(values)[row];
  }
}

double DoubleAt(const arrow::Array& values, int64_t row) {
  return values.type_id() == arrow::Type::FLOAT ? Raw<float>(values)[row]
                                                : Raw<double>(values)[row];
}

const int64_t* Integers(const arrow::Array& values, std::vector<int64_t>* scratch) {
  switch (ByteWidth(*values.type())) {
    case 0:
      scratch->resize(values.length());
      for (int64_t i = 0; i < values.length(); ++i) {
        (*scratch)[i] = static_cast<const arrow::BooleanArray&>(values).Value(i) ? 1 : 0;
      }
      return scratch->data();
    case 1:
      Widen<int8_t>(values, scratch);
      return scratch->data();
    case 2:
      Widen<int16_t>(values, scratch);
      return scratch->data();
    case 4:
      Widen<int32_t>(values, scratch);
      return scratch->data();
    default:
      return Raw<int64_t>(values);
  }
}

const double* Doubles(const arrow::Array& values, std::vector<double>* scratch) {
  if (values.type_id() == arrow::Type::DOUBLE) return Raw<double>(values);
  Widen<float>(values, scratch);
  return scratch->data();
}

Result<std::shared_ptr<arrow::Array>> BuildNumbers(const std::shared_ptr<arrow::DataType>& type,
                                                   const std::vector<int64_t>& values,
                                                   const std::vector<bool>& valid) {
  assert(IsIntegerLike(*type));
  std::shared_ptr<arrow::Buffer> data;
  switch (ByteWidth(*type)) {
    case 0:
      data = Bits(values);
      break;
    case 1:
      data = Narrow<int8_t>(values);
      break;
    case 2:
      data = Narrow<int16_t>(values);
      break;
    case 4:
      data = Narrow<int32_t>(values);
      break;
    default:
      data = Narrow<int64_t>(values);
  }
  return Assemble(type, static_cast<int64_t>(values.size()), std::move(data), valid);
}

Result<std::shared_ptr<arrow::Array>> BuildNumbers(const std::shared_ptr<arrow::DataType>& type,
                                                   const std::vector<double>& values,
                                                   const std::vector<bool>& valid) {
  assert(IsFloating(*type));
  auto data = type->id() == arrow::Type::FLOAT ? Narrow<float>(values) : Narrow<double>(values);
  return Assemble(type, static_cast<int64_t>(values.size()), std::move(data), valid);
}

Result<std::shared_ptr<arrow::Array>> BuildWindows(const arrow::DataType& type,
                                                   const std::vector<int64_t>& starts,
                                                   const std::vector<int64_t>& ends) {
  ASSIGN_OR_RAISE(auto start_column, BuildNumbers(type.field(0)->type(), starts, {}));
  ASSIGN_OR_RAISE(auto end_column, BuildNumbers(type.field(1)->type(), ends, {}));
  return arrow::StructArray::Make({std::move(start_column), std::move(end_column)}, type.fields());
}

}  // namespace headrace::engine
