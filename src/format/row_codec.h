// Rows as bytes: the form in which state keeps keys and rows. Two rows of the same types are equal
// (null equal to null, NaN to NaN, -0.0 to 0.0; a map is the list of its entries) exactly if their
// bytes are.
//
// A row is its null bits (bit i of byte i / 8 is set where column i is null; the rest are zero),
// then the values that are there, one after the other:
//
//   bool, int8                 one byte
//   int16, int32, int64, date  zigzag varint
//   float, double, timestamp   4 or 8 bytes, little-endian; any NaN is the quiet one, -0.0 is 0.0
//   decimal                    a length, then that many bytes of two's complement, little-endian
//   text, binary               length as varint, then the bytes
//   struct                     as a row
//   list, map                  number of elements as varint, null bits, then as a row
//
// Varints are those of protocol buffers: https://protobuf.dev/programming-guides/encoding/
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace headrace {
class ColumnBuilder;
}

namespace headrace::format {

// Encodes rows of some columns. All types that sql knows, nested ones too. Encode() is thread-safe
// between two calls of Bind().
class RowEncoder {
 public:
  explicit RowEncoder(std::vector<std::shared_ptr<arrow::DataType>> types);
  ~RowEncoder();
  RowEncoder(RowEncoder&&) noexcept;
  RowEncoder& operator=(RowEncoder&&) noexcept;

  // Sets the columns that Encode() reads; they must have the types of the constructor.
  void Bind(std::vector<std::shared_ptr<arrow::Array>> columns);

  // Appends the bytes of row `row` to `out`.
  void Encode(int64_t row, std::string* out) const;

 private:
  struct Column;
  std::vector<std::unique_ptr<Column>> columns_;
};

// Builds columns from encoded rows. Not thread-safe.
class RowDecoder {
 public:
  explicit RowDecoder(std::vector<std::shared_ptr<arrow::DataType>> types);
  ~RowDecoder();
  RowDecoder(RowDecoder&&) noexcept;
  RowDecoder& operator=(RowDecoder&&) noexcept;

  // Invalid where the bytes are not those of a row of these types; nothing is appended then. (That
  // text is UTF-8 isn't checked.) CapacityError where a column exceeds 2 GiB.
  Status Append(std::string_view row);
  int64_t rows() const;
  // Returns the columns built so far and starts anew.
  Result<std::vector<std::shared_ptr<arrow::Array>>> Finish();

 private:
  std::vector<ColumnBuilder> columns_;
  int64_t rows_ = 0;
};

}  // namespace headrace::format
