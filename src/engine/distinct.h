// DISTINCT: rows that are equal in all columns are one. Counts how often each row is there, so that
// a row stays as long as one of its equals does.
#pragma once

#include <memory>
#include <string>

#include "engine/operator.h"

namespace headrace::engine {

class DistinctPlan : public OperatorPlan {
 public:
  explicit DistinctPlan(std::shared_ptr<arrow::Schema> input) : OperatorPlan(std::move(input)) {}

  std::string kind() const override { return "distinct"; }
  std::string Describe() const override { return "distinct rows of " + output()->ToString(); }
  bool stateful() const override { return true; }
  OutputRows output_rows() const override { return OutputRows::kInState; }
  Result<std::unique_ptr<OperatorState>> Open() const override;
};

}  // namespace headrace::engine
