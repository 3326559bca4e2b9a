// Gives arrays the types of a table's schema: files of one table differ in the width of integers,
// the names of list items, the order of struct fields, and in columns that came later.
#pragma once

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <memory>

#include "base/status.h"

namespace headrace::hudi {

// Returns `array` as `type`, children matched by name where they are those of a struct; a field
// that it doesn't have is null. Values are shared where the layout allows.
//
// Errors: Invalid where a value doesn't fit or the types have nothing in common.
Result<std::shared_ptr<arrow::Array>> Conform(const std::shared_ptr<arrow::Array>& array,
                                              const std::shared_ptr<arrow::DataType>& type);

// Returns `batch` with the columns of `schema`, by name.
Result<std::shared_ptr<arrow::RecordBatch>> Conform(
    const std::shared_ptr<arrow::RecordBatch>& batch, const std::shared_ptr<arrow::Schema>& schema);

}  // namespace headrace::hudi
