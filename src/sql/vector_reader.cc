#include "sql/vector_reader.h"

#include <arrow/builder.h>

#include <string_view>
#include <vector>

namespace headrace::sql {
namespace {

using arrow::Type;

// The validity of a range as one byte a value; null where all are valid.
class ValidBytes {
 public:
  ValidBytes(duckdb_vector vector, int64_t offset, int64_t count) {
    uint64_t* validity = duckdb_vector_get_validity(vector);
    if (validity == nullptr) return;
    bytes_.resize(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
      bytes_[static_cast<size_t>(i)] =
          duckdb_validity_row_is_valid(validity, static_cast<idx_t>(offset + i)) ? 1 : 0;
    }
  }
  const uint8_t* get() const { return bytes_.empty() ? nullptr : bytes_.data(); }
  bool operator[](int64_t i) const { return bytes_.empty() || bytes_[static_cast<size_t>(i)] != 0; }

 private:
  std::vector<uint8_t> bytes_;
};

template <typename Builder>
Status AppendNumbers(duckdb_vector vector, int64_t offset, int64_t count, const ValidBytes& valid,
                     arrow::ArrayBuilder* builder) {
  const auto* values =
      static_cast<const typename Builder::value_type*>(duckdb_vector_get_data(vector));
  return static_cast<Builder*>(builder)->AppendValues(values + offset, count, valid.get());
}

Status AppendBooleans(duckdb_vector vector, int64_t offset, int64_t count, const ValidBytes& valid,
                      arrow::ArrayBuilder* builder) {
  const auto* values = static_cast<const uint8_t*>(duckdb_vector_get_data(vector));
  return static_cast<arrow::BooleanBuilder*>(builder)->AppendValues(values + offset, count,
                                                                    valid.get());
}

Status AppendStrings(duckdb_vector vector, int64_t offset, int64_t count, const ValidBytes& valid,
                     arrow::ArrayBuilder* builder) {
  // A StringBuilder is a BinaryBuilder.
  auto* strings = static_cast<arrow::BinaryBuilder*>(builder);
  const auto* values = static_cast<const duckdb_string_t*>(duckdb_vector_get_data(vector)) + offset;
  const auto view = [&](int64_t i) {
    const auto& value = values[i].value;
    const uint32_t length = value.inlined.length;
    return std::string_view(
        length <= sizeof(value.inlined.inlined) ? value.inlined.inlined : value.pointer.ptr,
        length);
  };
  int64_t bytes = 0;
  for (int64_t i = 0; i < count; ++i) bytes += valid[i] ? values[i].value.inlined.length : 0;
  RETURN_NOT_OK(strings->Reserve(count));
  RETURN_NOT_OK(strings->ReserveData(bytes));
  for (int64_t i = 0; i < count; ++i) {
    if (valid[i]) {
      strings->UnsafeAppend(view(i));
    } else {
      strings->UnsafeAppendNull();
    }
  }
  return Status::OK();
}

Status AppendDecimals(duckdb_vector vector, int64_t offset, int64_t count, const ValidBytes& valid,
                      arrow::ArrayBuilder* builder) {
  auto* decimals = static_cast<arrow::Decimal128Builder*>(builder);
  const int precision = static_cast<const arrow::Decimal128Type&>(*builder->type()).precision();
  const void* data = duckdb_vector_get_data(vector);
  RETURN_NOT_OK(decimals->Reserve(count));
  for (int64_t i = offset; i < offset + count; ++i) {
    if (!valid[i - offset]) {
      decimals->UnsafeAppendNull();
    } else if (precision <= 4) {
      decimals->UnsafeAppend(arrow::Decimal128(static_cast<const int16_t*>(data)[i]));
    } else if (precision <= 9) {
      decimals->UnsafeAppend(arrow::Decimal128(static_cast<const int32_t*>(data)[i]));
    } else if (precision <= 18) {
      decimals->UnsafeAppend(arrow::Decimal128(static_cast<const int64_t*>(data)[i]));
    } else {
      const auto& value = static_cast<const duckdb_hugeint*>(data)[i];
      decimals->UnsafeAppend(arrow::Decimal128(value.upper, value.lower));
    }
  }
  return Status::OK();
}

// Appends the values behind list entries: in one go where they lie in a row.
template <typename AppendRange>
Status AppendElements(const duckdb_list_entry* entries, int64_t count, const ValidBytes& valid,
                      AppendRange append) {
  uint64_t start = 0;
  uint64_t end = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (!valid[i] || entries[i].length == 0) continue;
    if (entries[i].offset != end) {
      RETURN_NOT_OK(append(static_cast<int64_t>(start), static_cast<int64_t>(end - start)));
      start = entries[i].offset;
    }
    end = entries[i].offset + entries[i].length;
  }
  return append(static_cast<int64_t>(start), static_cast<int64_t>(end - start));
}

template <typename Builder>
Status AppendEntries(const duckdb_list_entry* entries, int64_t count, const ValidBytes& valid,
                     Builder* builder) {
  std::vector<int32_t> offsets;
  int64_t length = 0;
  if constexpr (std::is_same_v<Builder, arrow::MapBuilder>) {
    length = builder->key_builder()->length();
  } else {
    length = builder->value_builder()->length();
  }
  for (int64_t i = 0; i < count; ++i) {
    offsets.push_back(static_cast<int32_t>(length));
    if (valid[i]) length += static_cast<int64_t>(entries[i].length);
  }
  return builder->AppendValues(offsets.data(), count, valid.get());
}

Status AppendLists(duckdb_vector vector, int64_t offset, int64_t count, const ValidBytes& valid,
                   arrow::ArrayBuilder* builder) {
  auto* lists = static_cast<arrow::ListBuilder*>(builder);
  const auto* entries =
      static_cast<const duckdb_list_entry*>(duckdb_vector_get_data(vector)) + offset;
  duckdb_vector child = duckdb_list_vector_get_child(vector);
  RETURN_NOT_OK(AppendEntries(entries, count, valid, lists));
  return AppendElements(entries, count, valid, [&](int64_t start, int64_t length) {
    return AppendVector(child, start, length, lists->value_builder());
  });
}

Status AppendMaps(duckdb_vector vector, int64_t offset, int64_t count, const ValidBytes& valid,
                  arrow::ArrayBuilder* builder) {
  auto* maps = static_cast<arrow::MapBuilder*>(builder);
  const auto* entries =
      static_cast<const duckdb_list_entry*>(duckdb_vector_get_data(vector)) + offset;
  duckdb_vector pairs = duckdb_list_vector_get_child(vector);
  RETURN_NOT_OK(AppendEntries(entries, count, valid, maps));
  return AppendElements(entries, count, valid, [&](int64_t start, int64_t length) {
    RETURN_NOT_OK(
        AppendVector(duckdb_struct_vector_get_child(pairs, 0), start, length, maps->key_builder()));
    return AppendVector(duckdb_struct_vector_get_child(pairs, 1), start, length,
                        maps->item_builder());
  });
}

Status AppendStructs(duckdb_vector vector, int64_t offset, int64_t count, const ValidBytes& valid,
                     arrow::ArrayBuilder* builder) {
  auto* structs = static_cast<arrow::StructBuilder*>(builder);
  for (int i = 0; i < structs->num_fields(); ++i) {
    RETURN_NOT_OK(AppendVector(duckdb_struct_vector_get_child(vector, static_cast<idx_t>(i)),
                               offset, count, structs->field_builder(i)));
  }
  return structs->AppendValues(count, valid.get());
}

}  // namespace

Status AppendVector(duckdb_vector vector, int64_t offset, int64_t count,
                    arrow::ArrayBuilder* builder) {
  if (count == 0) return Status::OK();
  const ValidBytes valid(vector, offset, count);
  const auto append = [&](auto function) {
    return function(vector, offset, count, valid, builder);
  };
  switch (builder->type()->id()) {
    case Type::NA:
      return builder->AppendNulls(count);
    case Type::BOOL:
      return append(AppendBooleans);
    case Type::INT8:
      return append(AppendNumbers<arrow::Int8Builder>);
    case Type::INT16:
      return append(AppendNumbers<arrow::Int16Builder>);
    case Type::INT32:
      return append(AppendNumbers<arrow::Int32Builder>);
    case Type::INTERVAL_MONTHS:
      return append(AppendNumbers<arrow::MonthIntervalBuilder>);
    case Type::INT64:
      return append(AppendNumbers<arrow::Int64Builder>);
    case Type::FLOAT:
      return append(AppendNumbers<arrow::FloatBuilder>);
    case Type::DOUBLE:
      return append(AppendNumbers<arrow::DoubleBuilder>);
    case Type::DATE32:
      return append(AppendNumbers<arrow::Date32Builder>);
    case Type::TIMESTAMP:
      return append(AppendNumbers<arrow::TimestampBuilder>);
    case Type::DURATION:
      return append(AppendNumbers<arrow::DurationBuilder>);
    case Type::STRING:
    case Type::BINARY:
      return append(AppendStrings);
    case Type::DECIMAL128:
      return append(AppendDecimals);
    case Type::LIST:
      return append(AppendLists);
    case Type::MAP:
      return append(AppendMaps);
    case Type::STRUCT:
      return append(AppendStructs);
    default:
      return Status::NotImplemented("no column of type ", builder->type()->ToString());
  }
}

}  // namespace headrace::sql
