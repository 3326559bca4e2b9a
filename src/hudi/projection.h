// What a reader of a table reads, and which of it it hands out.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "hudi/predicate.h"
#include "hudi/table.h"

namespace headrace::hudi {

// Returns the named columns of a table, also meta columns; without names its own.
//
// Errors: a user error for a column that isn't there.
Result<std::shared_ptr<arrow::Schema>> ColumnsOf(Table& table,
                                                 const std::vector<std::string>& names);

// Returns `schema` with those of the named columns behind it that it doesn't have. Errors: as
// above.
Result<std::shared_ptr<arrow::Schema>> WithColumns(Table& table, const arrow::Schema& schema,
                                                   const std::vector<std::string>& names);

// Returns those rows of a batch, in ascending order; the batch itself where they are all.
Result<std::shared_ptr<arrow::RecordBatch>> TakeRows(
    const std::shared_ptr<arrow::RecordBatch>& batch, const std::vector<int64_t>& rows);

// Returns a reader of those rows of `rows` that satisfy the predicate, with the columns of
// `output`, which are the first of `rows`. It hands out no empty batch.
std::shared_ptr<arrow::RecordBatchReader> Project(std::shared_ptr<arrow::RecordBatchReader> rows,
                                                  std::shared_ptr<arrow::Schema> output,
                                                  const Predicate& predicate = {});

}  // namespace headrace::hudi
