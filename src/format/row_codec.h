// Rows as bytes: the form in which state keeps keys and rows. Two rows of the same types are equal
// (null equal to null, NaN to NaN, -0.0 to 0.0) exactly if their bytes are.
#pragma once

#include <arrow/array.h>
#include <arrow/array/builder_base.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace headrace::format {

// Encodes rows of some columns. All types that sql knows, nested ones too.
class RowEncoder {
 public:
  explicit RowEncoder(std::vector<std::shared_ptr<arrow::DataType>> types);
  ~RowEncoder();

  // Sets the columns that Encode() reads; they must have the types of the constructor.
  void Bind(std::vector<std::shared_ptr<arrow::Array>> columns);

  // Appends the bytes of row `row` to `out`.
  void Encode(int64_t row, std::string* out) const;

 private:
  struct Column;
  std::vector<std::unique_ptr<Column>> columns_;
};

// Builds columns from encoded rows.
class RowDecoder {
 public:
  explicit RowDecoder(std::vector<std::shared_ptr<arrow::DataType>> types);
  ~RowDecoder();

  // Invalid where the bytes are not those of a row of these types.
  Status Append(std::string_view row);
  int64_t rows() const;
  // Returns the columns built so far and starts anew.
  Result<std::vector<std::shared_ptr<arrow::Array>>> Finish();

 private:
  struct Column;
  std::vector<std::unique_ptr<Column>> columns_;
  int64_t rows_ = 0;
};

}  // namespace headrace::format
