// What percentile, mode, collect_list, max_by and the like make of the values of a group, all of
// which are kept, in order of their bytes, each with its count.
#pragma once

#include <arrow/array.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/value_counts.h"
#include "sql/plan.h"

namespace headrace::engine {

// Immutable, and knows no group.
class ValueResult {
 public:
  virtual ~ValueResult() = default;

  // Sets the array that Append() reads, which is the argument of the call.
  virtual void Bind(const arrow::Array& argument) = 0;
  // Appends what is kept of row `row`, which isn't null.
  virtual void Append(int64_t row, std::string* out) const = 0;

  // Returns the results of groups: null where one has no values.
  virtual Result<std::shared_ptr<arrow::Array>> Values(
      const std::vector<const OrderedCounts*>& groups) const = 0;
};

// `argument` is the type of the argument of `call`.
//
// Errors: a user error where values of that type can't be put in order.
Result<std::unique_ptr<ValueResult>> MakePercentile(const sql::AggregateCall& call,
                                                    std::shared_ptr<arrow::DataType> argument);
Result<std::unique_ptr<ValueResult>> MakePick(const sql::AggregateCall& call,
                                              std::shared_ptr<arrow::DataType> argument);
Result<std::unique_ptr<ValueResult>> MakeCollect(const sql::AggregateCall& call,
                                                 std::shared_ptr<arrow::DataType> argument);

}  // namespace headrace::engine
