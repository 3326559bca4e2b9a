// Values of ORDER BY as one byte string that sorts as the rows do: each column ascending or
// descending, nulls first or last.
#pragma once

#include <arrow/array.h>

#include <memory>
#include <string>
#include <vector>

#include "sql/plan.h"

namespace headrace::engine {

class OrderKeyEncoder {
 public:
  explicit OrderKeyEncoder(std::vector<sql::SortColumn> columns) : columns_(std::move(columns)) {}

  // Sets the batch whose rows are encoded.
  void Bind(const arrow::RecordBatch& batch);

  // Appends the bytes of a row to `out`.
  void Encode(int64_t row, std::string* out);

 private:
  const std::vector<sql::SortColumn> columns_;
  std::vector<std::shared_ptr<arrow::Array>> arrays_;
  std::string value_;
};

}  // namespace headrace::engine
