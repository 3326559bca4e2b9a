// Values as bytes that sort as the values do: for order_by, and for min and max. Null sorts first,
// NaN after every other number, -0.0 is 0.0 (Spark's order).
#pragma once

#include <arrow/array.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace headrace::engine {

// Whether values of the type can be turned into such bytes: all but arrays, structs and maps.
bool IsComparable(const arrow::DataType& type);

// Appends the bytes of value `row`; nothing where it is null. Of all other values the bytes are not
// empty.
void AppendComparable(const arrow::Array& values, int64_t row, std::string* out);

// Builds an array of `type` from such bytes; no bytes or empty ones are null.
Result<std::shared_ptr<arrow::Array>> DecodeComparable(
    const std::shared_ptr<arrow::DataType>& type,
    const std::vector<std::optional<std::string_view>>& values);

}  // namespace headrace::engine
