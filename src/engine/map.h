// Filter and projection: one run of an Evaluator over each batch. Rows whose expression fails are
// put aside with the reason and don't stop the others: the batch is halved until they are alone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/operator.h"
#include "sql/expression.h"

namespace headrace::engine {

class MapPlan : public OperatorPlan {
 public:
  // `filter` (may be null) and `outputs` are over the columns of `input`; `names` has one name an
  // output.
  //
  // Errors: a user error where an output changes with the clock and the input can retract rows.
  static Result<std::shared_ptr<const MapPlan>> Make(const std::string& view,
                                                     std::shared_ptr<arrow::Schema> input,
                                                     sql::ExpressionPtr filter,
                                                     std::vector<sql::ExpressionPtr> outputs,
                                                     std::vector<std::string> names);

  std::string kind() const override { return "map"; }
  std::string Describe() const override;
  bool stateful() const override { return false; }
  Result<std::unique_ptr<OperatorState>> Open() const override;

  const std::string& view() const { return view_; }
  const std::shared_ptr<arrow::Schema>& input() const { return input_; }
  const sql::ExpressionPtr& filter() const { return filter_; }
  const std::vector<sql::ExpressionPtr>& outputs() const { return outputs_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  using OperatorPlan::OperatorPlan;

  std::string view_;
  std::shared_ptr<arrow::Schema> input_;
  sql::ExpressionPtr filter_;
  std::vector<sql::ExpressionPtr> outputs_;
  std::vector<std::string> names_;
};

}  // namespace headrace::engine
