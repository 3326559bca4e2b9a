// The rows of a chunk as a kernel sees them.
#pragma once

#include <duckdb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "sql/native.h"

namespace headrace::sql {

// Decimals are computed as integers of 128 bits, whatever DuckDB holds them in.
using Int128 = __int128;

// An argument column. T is the C++ type of its values; std::string_view for strings and binary.
template <typename T>
class Argument {
 public:
  Argument(duckdb_data_chunk chunk, idx_t column, const NativeUse&)
      : values_(static_cast<const T*>(
            duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, column)))) {}
  T operator[](idx_t row) const { return values_[row]; }

 private:
  const T* values_;
};

template <>
class Argument<std::string_view> {
 public:
  Argument(duckdb_data_chunk chunk, idx_t column, const NativeUse&)
      : values_(static_cast<duckdb_string_t*>(
            duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, column)))) {}
  std::string_view operator[](idx_t row) const {
    const duckdb_string_t& value = values_[row];
    const uint32_t length = value.value.inlined.length;
    return {length <= 12 ? value.value.inlined.inlined : value.value.pointer.ptr, length};
  }

 private:
  duckdb_string_t* values_;
};

template <>
class Argument<Int128> {
 public:
  Argument(duckdb_data_chunk chunk, idx_t column, const NativeUse& use)
      : values_(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, column))),
        precision_(static_cast<const arrow::Decimal128Type&>(*use.arguments[column]).precision()) {}
  Int128 operator[](idx_t row) const {
    if (precision_ <= 4) return static_cast<const int16_t*>(values_)[row];
    if (precision_ <= 9) return static_cast<const int32_t*>(values_)[row];
    if (precision_ <= 18) return static_cast<const int64_t*>(values_)[row];
    return static_cast<const Int128*>(values_)[row];
  }

 private:
  const void* values_;
  int precision_;
};

class NativeRows {
 public:
  NativeRows(duckdb_function_info info, duckdb_data_chunk chunk, duckdb_vector output,
             const NativeUse& use)
      : info_(info), chunk_(chunk), output_(output), use_(use) {}

  // Ends the statement with a message that begins with an error class of Spark's in brackets.
  void Fail(const std::string& message) {
    failed_ = true;
    duckdb_scalar_function_set_error(info_, message.c_str());
  }

  // Calls `compute(values...)` on every row without a null; what it returns, a std::optional, is
  // the row's result. Stops where it has called Fail().
  template <typename Out, typename... In, typename Compute>
  void Map(Compute compute) {
    MapColumns<Out, In...>(compute, std::index_sequence_for<In...>{});
  }

  const NativeUse& use() const { return use_; }
  duckdb_data_chunk chunk() const { return chunk_; }
  duckdb_vector output() const { return output_; }
  bool failed() const { return failed_; }
  void SetNull(idx_t row) {
    duckdb_vector_ensure_validity_writable(output_);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(output_), row);
  }

 private:
  template <typename Out, typename... In, typename Compute, size_t... Column>
  void MapColumns(Compute compute, std::index_sequence<Column...>) {
    const idx_t rows = duckdb_data_chunk_get_size(chunk_);
    const std::tuple<Argument<In>...> arguments{Argument<In>(chunk_, Column, use_)...};
    uint64_t* validity[sizeof...(In)] = {
        duckdb_vector_get_validity(duckdb_data_chunk_get_vector(chunk_, Column))...};
    for (idx_t row = 0; row < rows && !failed_; ++row) {
      const bool valid = (duckdb_validity_row_is_valid(validity[Column], row) && ...);
      const std::optional<Out> value =
          valid ? std::optional<Out>(compute(std::get<Column>(arguments)[row]...)) : std::nullopt;
      if (value) {
        Write(row, *value);
      } else {
        SetNull(row);
      }
    }
  }

  template <typename Out>
  void Write(idx_t row, const Out& value) {
    static_cast<Out*>(duckdb_vector_get_data(output_))[row] = value;
  }
  void Write(idx_t row, const std::string& value) {
    duckdb_unsafe_vector_assign_string_element_len(output_, row, value.data(), value.size());
  }
  void Write(idx_t row, Int128 value) {
    const int precision = static_cast<const arrow::Decimal128Type&>(*use_.result).precision();
    void* data = duckdb_vector_get_data(output_);
    if (precision <= 4) {
      static_cast<int16_t*>(data)[row] = static_cast<int16_t>(value);
    } else if (precision <= 9) {
      static_cast<int32_t*>(data)[row] = static_cast<int32_t>(value);
    } else if (precision <= 18) {
      static_cast<int64_t*>(data)[row] = static_cast<int64_t>(value);
    } else {
      static_cast<Int128*>(data)[row] = value;
    }
  }

  duckdb_function_info info_;
  duckdb_data_chunk chunk_;
  duckdb_vector output_;
  const NativeUse& use_;
  bool failed_ = false;
};

}  // namespace headrace::sql
