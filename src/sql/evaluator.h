// Runs expressions over Arrow batches: one filter and a list of output columns, translated to
// DuckDB's SQL, prepared once, run many times without copying the input.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "sql/expression.h"

namespace headrace::sql {

// Not thread-safe; one per thread. Not copyable.
class Evaluator {
 public:
  // `input` is the schema of the batches, system columns (base/change_batch.h) included: these pass
  // through to the end of the output. `filter` may be null. `names` has one name an output
  // expression.
  //
  // Errors: fatal where DuckDB refuses the translation: that is a bug of the function table.
  static Result<std::unique_ptr<Evaluator>> Make(std::shared_ptr<arrow::Schema> input,
                                                 ExpressionPtr filter,
                                                 std::vector<ExpressionPtr> outputs,
                                                 std::vector<std::string> names);
  virtual ~Evaluator() = default;

  // Returns the rows of `batch` that pass the filter, in their order, as the output columns.
  //
  // Errors: a user error where an expression fails on some row (ANSI: overflow, division by zero, a
  // cast that doesn't fit), with Spark's error class in the message, such as "[DIVIDE_BY_ZERO]"; it
  // doesn't say which row: the caller finds it by halving the batch.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Run(
      const std::shared_ptr<arrow::RecordBatch>& batch) = 0;

  // Sets what current_timestamp() and current_date() answer: an epoch's recorded clock.
  virtual void SetNow(int64_t now_us) = 0;

  virtual const std::shared_ptr<arrow::Schema>& output_schema() const = 0;
};

}  // namespace headrace::sql
