#include "format/json_writer.h"

#include <arrow/array.h>
#include <arrow/scalar.h>

#include <charconv>
#include <cmath>
#include <cstring>

#include "base/change_batch.h"
#include "format/base64.h"
#include "format/decimal_text.h"
#include "format/time_text.h"

namespace headrace::format {
namespace {

template <typename ArrayType>
auto ValueAt(const arrow::Array& array, int64_t index) {
  return static_cast<const ArrayType&>(array).Value(index);
}

template <typename T>
void WriteNumber(T value, std::string* out) {
  char text[32];
  const char* end = std::to_chars(text, text + sizeof(text), value).ptr;
  out->append(text, static_cast<size_t>(end - text));
}

template <typename T>
void WriteReal(T value, std::string* out) {
  if (std::isnan(value)) {
    *out += "\"NaN\"";
  } else if (std::isinf(value)) {
    *out += value < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  } else {
    const size_t begin = out->size();
    WriteNumber(value, out);
    // A point keeps it a real for readers that tell 1 and 1.0 apart.
    if (out->find_first_of(".e", begin) == std::string::npos) *out += ".0";
  }
}

void WriteTime(const arrow::Array& array, int64_t index, std::string* out) {
  const auto& type = static_cast<const arrow::TimestampType&>(*array.type());
  out->push_back('"');
  WriteTimestamp(ValueAt<arrow::TimestampArray>(array, index), out);
  *out += type.timezone().empty() ? "\"" : "Z\"";
}

void WriteStruct(const arrow::StructArray& array, int64_t index, std::string* out) {
  out->push_back('{');
  for (int i = 0; i < array.num_fields(); ++i) {
    if (i > 0) out->push_back(',');
    WriteJsonString(array.type()->field(i)->name(), out);
    out->push_back(':');
    WriteJsonValue(*array.field(i), index, out);
  }
  out->push_back('}');
}

void WriteList(const arrow::ListArray& array, int64_t index, std::string* out) {
  out->push_back('[');
  for (int64_t i = array.value_offset(index); i < array.value_offset(index + 1); ++i) {
    if (i > array.value_offset(index)) out->push_back(',');
    WriteJsonValue(*array.values(), i, out);
  }
  out->push_back(']');
}

void WriteMap(const arrow::MapArray& array, int64_t index, std::string* out) {
  out->push_back('{');
  std::string key;
  for (int64_t i = array.value_offset(index); i < array.value_offset(index + 1); ++i) {
    if (i > array.value_offset(index)) out->push_back(',');
    key.clear();
    WriteJsonValue(*array.keys(), i, &key);
    if (key.starts_with('"')) {
      *out += key;
    } else {  // names are strings: 1 becomes "1"
      WriteJsonString(key, out);
    }
    out->push_back(':');
    WriteJsonValue(*array.items(), i, out);
  }
  out->push_back('}');
}

void WriteBinary(const arrow::Array& array, int64_t index, std::string* out) {
  out->push_back('"');
  EncodeBase64(static_cast<const arrow::BinaryArray&>(array).GetView(index), out);
  out->push_back('"');
}

void WriteDecimalAt(const arrow::Array& array, int64_t index, std::string* out) {
  Int128 value;
  std::memcpy(&value, static_cast<const arrow::Decimal128Array&>(array).GetValue(index),
              sizeof(value));
  WriteDecimal(value, static_cast<const arrow::Decimal128Type&>(*array.type()).scale(), out);
}

// A type that sql doesn't know, from an ad-hoc query: as Arrow renders it.
void WriteOther(const arrow::Array& array, int64_t index, std::string* out) {
  const auto scalar = array.GetScalar(index);
  WriteJsonString(scalar.ok() ? (*scalar)->ToString() : scalar.status().ToString(), out);
}

}  // namespace

void WriteJsonString(std::string_view text, std::string* out) {
  constexpr char kHex[] = "0123456789abcdef";
  out->push_back('"');
  size_t done = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') [[likely]] {
      continue;
    }
    out->append(text, done, i - done);
    done = i + 1;
    out->push_back('\\');
    switch (c) {
      case '"':
      case '\\':
        out->push_back(static_cast<char>(c));
        break;
      case '\n':
        out->push_back('n');
        break;
      case '\r':
        out->push_back('r');
        break;
      case '\t':
        out->push_back('t');
        break;
      default:
        *out += "u00";
        out->push_back(kHex[c >> 4]);
        out->push_back(kHex[c & 15]);
    }
  }
  out->append(text, done, text.size() - done);
  out->push_back('"');
}

void WriteJsonValue(const arrow::Array& array, int64_t index, std::string* out) {
  if (array.IsNull(index)) {
    *out += "null";
    return;
  }
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      *out += ValueAt<arrow::BooleanArray>(array, index) ? "true" : "false";
      return;
    case arrow::Type::INT8:
      return WriteNumber(ValueAt<arrow::Int8Array>(array, index), out);
    case arrow::Type::INT16:
      return WriteNumber(ValueAt<arrow::Int16Array>(array, index), out);
    case arrow::Type::INT32:
      return WriteNumber(ValueAt<arrow::Int32Array>(array, index), out);
    case arrow::Type::INT64:
      return WriteNumber(ValueAt<arrow::Int64Array>(array, index), out);
    case arrow::Type::FLOAT:
      return WriteReal(ValueAt<arrow::FloatArray>(array, index), out);
    case arrow::Type::DOUBLE:
      return WriteReal(ValueAt<arrow::DoubleArray>(array, index), out);
    case arrow::Type::DECIMAL128:
      return WriteDecimalAt(array, index, out);
    case arrow::Type::STRING:
      return WriteJsonString(static_cast<const arrow::StringArray&>(array).GetView(index), out);
    case arrow::Type::BINARY:
      return WriteBinary(array, index, out);
    case arrow::Type::DATE32:
      out->push_back('"');
      WriteDate(ValueAt<arrow::Date32Array>(array, index), out);
      out->push_back('"');
      return;
    case arrow::Type::TIMESTAMP:
      return WriteTime(array, index, out);
    case arrow::Type::STRUCT:
      return WriteStruct(static_cast<const arrow::StructArray&>(array), index, out);
    case arrow::Type::LIST:
      return WriteList(static_cast<const arrow::ListArray&>(array), index, out);
    case arrow::Type::MAP:
      return WriteMap(static_cast<const arrow::MapArray&>(array), index, out);
    default:
      return WriteOther(array, index, out);
  }
}

void WriteJsonRow(const arrow::RecordBatch& batch, int64_t row, std::string* out) {
  out->push_back('{');
  for (int i = 0; i < DataColumns(*batch.schema()); ++i) {
    if (i > 0) out->push_back(',');
    WriteJsonString(batch.schema()->field(i)->name(), out);
    out->push_back(':');
    WriteJsonValue(*batch.column(i), row, out);
  }
  out->push_back('}');
}

}  // namespace headrace::format
