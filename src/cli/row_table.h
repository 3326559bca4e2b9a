// Builds a small Arrow table row by row, for RenderTable().
#pragma once

#include <arrow/builder.h>
#include <arrow/table.h>

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/status.h"

namespace headrace::cli {

// The columns are STRING or INT64. Not thread-safe.
class RowTable {
 public:
  using Value = std::variant<std::monostate, int64_t, std::string>;  // nothing: NULL

  explicit RowTable(std::shared_ptr<arrow::Schema> schema);

  // Adds a row with a value for every column.
  Status Add(const std::vector<Value>& values);

  Result<std::shared_ptr<arrow::Table>> Finish();

 private:
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
};

}  // namespace headrace::cli
