// Keeps the newest version of each key of a source that declares `key`: a record with a known key
// replaces the earlier one (which is retracted), unless it is older by `order_by`. A version that
// is as new replaces only if it differs; a tombstone deletes. Emits each replacement as it comes,
// so the output does not depend on where a micro-batch ends.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/operator.h"

namespace headrace::engine {

class LatestPerKeyPlan : public OperatorPlan {
 public:
  // `input` are the columns of the source, and _weight: -1 in a row means that its key was deleted,
  // and only key columns are set. `key` are top-level columns, `order_by` is the path of a column
  // or of a field inside one; empty: arrival decides.
  //
  // Errors: user errors where the columns aren't there or cannot be ordered.
  static Result<std::shared_ptr<const LatestPerKeyPlan>> Make(const std::string& source,
                                                              std::shared_ptr<arrow::Schema> input,
                                                              const std::vector<std::string>& key,
                                                              std::vector<std::string> order_by);

  std::string kind() const override { return "latest_per_key"; }
  std::string Describe() const override;
  bool stateful() const override { return true; }
  OutputRows output_rows() const override { return OutputRows::kInState; }
  Result<std::unique_ptr<OperatorState>> Open() const override;

  const std::vector<int>& key_columns() const { return key_columns_; }
  const std::vector<std::string>& order_by() const { return order_by_; }

 private:
  using OperatorPlan::OperatorPlan;

  std::vector<int> key_columns_;
  std::vector<std::string> order_by_;
};

}  // namespace headrace::engine
