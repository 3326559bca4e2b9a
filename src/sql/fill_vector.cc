// Arrow arrays into DuckDB's vectors.
#include <arrow/array.h>
#include <arrow/type_traits.h>

#include <cstring>

#include "sql/batch_scan.h"

namespace headrace::sql {
namespace {

using arrow::Type;

void FillValidity(const arrow::Array& array, int64_t offset, int64_t count, duckdb_vector vector) {
  if (array.null_count() == 0) return;
  duckdb_vector_ensure_validity_writable(vector);
  uint64_t* validity = duckdb_vector_get_validity(vector);
  for (int64_t i = 0; i < count; ++i) {
    duckdb_validity_set_row_validity(validity, static_cast<idx_t>(i), array.IsValid(offset + i));
  }
}

void FillFixedWidth(const arrow::Array& array, int64_t offset, int64_t count, size_t width,
                    duckdb_vector vector) {
  const auto& data = *array.data();
  const uint8_t* values =
      data.buffers[1]->data() + static_cast<size_t>(data.offset + offset) * width;
  std::memcpy(duckdb_vector_get_data(vector), values, static_cast<size_t>(count) * width);
}

void FillBoolean(const arrow::Array& array, int64_t offset, int64_t count, duckdb_vector vector) {
  const auto& booleans = static_cast<const arrow::BooleanArray&>(array);
  auto* out = static_cast<bool*>(duckdb_vector_get_data(vector));
  for (int64_t i = 0; i < count; ++i) out[i] = booleans.Value(offset + i);
}

void FillStrings(const arrow::Array& array, int64_t offset, int64_t count, duckdb_vector vector,
                 Strings form) {
  const auto& strings = static_cast<const arrow::BinaryArray&>(array);
  auto* out = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
  for (int64_t i = 0; i < count; ++i) {
    const std::string_view value = strings.GetView(offset + i);
    duckdb_string_t& string = out[i];
    string.value.inlined.length = static_cast<uint32_t>(value.size());
    if (value.size() <= sizeof(string.value.inlined.inlined)) {
      std::memset(string.value.inlined.inlined, 0, sizeof(string.value.inlined.inlined));
      std::memcpy(string.value.inlined.inlined, value.data(), value.size());
    } else if (form == Strings::kCopied) {
      duckdb_vector_assign_string_element_len(vector, static_cast<idx_t>(i), value.data(),
                                              value.size());
    } else {
      std::memcpy(string.value.pointer.prefix, value.data(), sizeof(string.value.pointer.prefix));
      string.value.pointer.ptr = const_cast<char*>(value.data());
    }
  }
}

// DuckDB holds a decimal in the narrowest integer that has its digits.
template <typename Narrow>
void FillDecimalsAs(const arrow::Decimal128Array& decimals, int64_t offset, int64_t count,
                    duckdb_vector vector) {
  auto* out = static_cast<Narrow*>(duckdb_vector_get_data(vector));
  for (int64_t i = 0; i < count; ++i) {
    int64_t low;  // two's complement, little-endian: the low bytes are the narrow value
    std::memcpy(&low, decimals.GetValue(offset + i), sizeof(low));
    out[i] = static_cast<Narrow>(low);
  }
}

void FillDecimals(const arrow::Array& array, int64_t offset, int64_t count, duckdb_vector vector) {
  const auto& decimals = static_cast<const arrow::Decimal128Array&>(array);
  const int precision = static_cast<const arrow::Decimal128Type&>(*array.type()).precision();
  if (precision <= 4) return FillDecimalsAs<int16_t>(decimals, offset, count, vector);
  if (precision <= 9) return FillDecimalsAs<int32_t>(decimals, offset, count, vector);
  if (precision <= 18) return FillDecimalsAs<int64_t>(decimals, offset, count, vector);
  FillFixedWidth(array, offset, count, sizeof(duckdb_hugeint), vector);
}

void FillList(const arrow::Array& array, int64_t offset, int64_t count, duckdb_vector vector,
              Strings strings) {
  const auto& list = static_cast<const arrow::ListArray&>(array);
  const int64_t first = list.value_offset(offset);
  const int64_t values = list.value_offset(offset + count) - first;
  duckdb_list_vector_reserve(vector, static_cast<idx_t>(values));
  duckdb_list_vector_set_size(vector, static_cast<idx_t>(values));
  auto* entries = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(vector));
  for (int64_t i = 0; i < count; ++i) {
    entries[i] = {static_cast<uint64_t>(list.value_offset(offset + i) - first),
                  static_cast<uint64_t>(list.value_length(offset + i))};
  }
  duckdb_vector child = duckdb_list_vector_get_child(vector);
  if (array.type_id() != Type::MAP)
    return FillVector(*list.values(), first, values, child, strings);
  const auto& map = static_cast<const arrow::MapArray&>(array);
  FillVector(*map.keys(), first, values, duckdb_struct_vector_get_child(child, 0), strings);
  FillVector(*map.items(), first, values, duckdb_struct_vector_get_child(child, 1), strings);
}

}  // namespace

void FillVector(const arrow::Array& array, int64_t offset, int64_t count, duckdb_vector vector,
                Strings strings) {
  FillValidity(array, offset, count, vector);
  if (count == 0) return;
  switch (array.type_id()) {
    case Type::NA: {
      duckdb_vector_ensure_validity_writable(vector);
      uint64_t* validity = duckdb_vector_get_validity(vector);
      for (int64_t i = 0; i < count; ++i) {
        duckdb_validity_set_row_invalid(validity, static_cast<idx_t>(i));
      }
      return;
    }
    case Type::BOOL:
      return FillBoolean(array, offset, count, vector);
    case Type::STRING:
    case Type::BINARY:
      return FillStrings(array, offset, count, vector, strings);
    case Type::DECIMAL128:
      return FillDecimals(array, offset, count, vector);
    case Type::LIST:
    case Type::MAP:
      return FillList(array, offset, count, vector, strings);
    case Type::STRUCT: {
      // Unlike fields(), field() applies the offset of a slice; validity stays apart in both.
      const auto& structs = static_cast<const arrow::StructArray&>(array);
      for (int i = 0; i < structs.num_fields(); ++i) {
        FillVector(*structs.field(i), offset, count,
                   duckdb_struct_vector_get_child(vector, static_cast<idx_t>(i)), strings);
      }
      return;
    }
    default:
      FillFixedWidth(array, offset, count,
                     static_cast<size_t>(arrow::bit_width(array.type_id())) / 8, vector);
  }
}

}  // namespace headrace::sql
