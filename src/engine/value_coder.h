// Values of one type as bytes and back. Where the type has an order (comparable.h) the bytes sort
// as the values do, else they are those of the row codec: equal bytes for equal values.
#pragma once

#include <arrow/array.h>
#include <arrow/type.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "format/row_codec.h"

namespace headrace::engine {

class ValueCoder {
 public:
  explicit ValueCoder(std::shared_ptr<arrow::DataType> type);

  // Sets the array that Append() reads.
  void Bind(std::shared_ptr<arrow::Array> values);
  // Appends the bytes of value `row`, which may be null.
  void Append(int64_t row, std::string* out) const;

  // Builds an array from such bytes; nothing is null.
  Result<std::shared_ptr<arrow::Array>> Decode(
      const std::vector<std::optional<std::string_view>>& values) const;

  bool ordered() const { return ordered_; }
  const std::shared_ptr<arrow::DataType>& type() const { return type_; }

 private:
  std::shared_ptr<arrow::DataType> type_;
  bool ordered_;
  format::RowEncoder encoder_;
  std::shared_ptr<arrow::Array> values_;
};

// Appends `bytes` so that they end before what follows, and sort as before: two zero bytes end
// them.
void AppendTerminated(std::string_view bytes, std::string* out);
// Returns where that ends in `bytes`.
size_t TerminatedLength(std::string_view bytes);

}  // namespace headrace::engine
