#include "sql/batch_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <exception>

#include "sql/duckdb_type.h"

namespace headrace::sql {

struct BatchScanCallbacks {
  static void Bind(duckdb_bind_info info) {
    duckdb_value address = duckdb_bind_get_parameter(info, 0);
    // The statement was written by CallText().
    auto* scan = reinterpret_cast<BatchScan*>(duckdb_get_uint64(address));
    duckdb_destroy_value(&address);
    for (size_t i = 0; i < scan->types_.size(); ++i) {
      duckdb_logical_type type = DuckType(*scan->types_[i]);
      duckdb_bind_add_result_column(info, fmt::format("c{}", i).c_str(), type);
      duckdb_destroy_logical_type(&type);
    }
    if (scan->has_row_ || scan->types_.empty()) {
      duckdb_logical_type type = duckdb_create_logical_type(DUCKDB_TYPE_INTEGER);
      duckdb_bind_add_result_column(info, "row", type);
      duckdb_destroy_logical_type(&type);
    }
    duckdb_bind_set_cardinality(info, static_cast<idx_t>(scan->rows_), true);
    duckdb_bind_set_bind_data(info, scan, nullptr);
  }

  static void DestroyPlace(void* place) { delete static_cast<int64_t*>(place); }

  static void Init(duckdb_init_info info) {
    // A statement may name the scan more than once: each has its own place in the batch.
    duckdb_init_set_init_data(info, new int64_t{0}, DestroyPlace);
    duckdb_init_set_max_threads(info, 1);
  }

  static void Scan(duckdb_function_info info, duckdb_data_chunk output) {
    const auto* scan = static_cast<BatchScan*>(duckdb_function_get_bind_data(info));
    auto* place = static_cast<int64_t*>(duckdb_function_get_init_data(info));
    const int64_t offset = *place;
    const int64_t count =
        std::min<int64_t>(scan->rows_ - offset, static_cast<int64_t>(duckdb_vector_size()));
    try {
      for (size_t i = 0; i < scan->columns_.size(); ++i) {
        FillVector(*scan->columns_[i], offset, count, duckdb_data_chunk_get_vector(output, i));
      }
    } catch (const std::exception& error) {
      return duckdb_function_set_error(info, error.what());
    }
    if (scan->has_row_ || scan->types_.empty()) {
      auto* rows = static_cast<int32_t*>(
          duckdb_vector_get_data(duckdb_data_chunk_get_vector(output, scan->columns_.size())));
      for (int64_t i = 0; i < count; ++i) rows[i] = static_cast<int32_t>(offset + i);
    }
    *place += count;
    duckdb_data_chunk_set_size(output, static_cast<idx_t>(count));
  }
};

std::string BatchScan::CallText() const {
  return fmt::format("batch_scan({}::UBIGINT)", reinterpret_cast<uintptr_t>(this));
}

Status RegisterBatchScan(duckdb_connection connection) {
  duckdb_table_function function = duckdb_create_table_function();
  duckdb_table_function_set_name(function, "batch_scan");
  duckdb_logical_type address = duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT);
  duckdb_table_function_add_parameter(function, address);
  duckdb_destroy_logical_type(&address);
  duckdb_table_function_set_bind(function, BatchScanCallbacks::Bind);
  duckdb_table_function_set_init(function, BatchScanCallbacks::Init);
  duckdb_table_function_set_function(function, BatchScanCallbacks::Scan);
  const duckdb_state state = duckdb_register_table_function(connection, function);
  duckdb_destroy_table_function(&function);
  if (state != DuckDBSuccess) return Status::UnknownError("DuckDB refused batch_scan");
  return Status::OK();
}

}  // namespace headrace::sql
