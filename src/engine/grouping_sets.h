// GROUPING SETS, ROLLUP and CUBE: each row once a set, with the keys nulled that the set leaves
// out. Columns are shared, not copied. Without state; the groups are made by the aggregate behind.
#pragma once

#include <memory>
#include <string>

#include "engine/operator.h"
#include "sql/plan.h"

namespace headrace::engine {

class GroupingSetsPlan : public OperatorPlan {
 public:
  // `data` is the schema of the result without system columns, as sql::GroupingSets says.
  GroupingSetsPlan(const std::shared_ptr<arrow::Schema>& input, sql::GroupingSets sets,
                   const arrow::Schema& data);

  std::string kind() const override { return "grouping_sets"; }
  std::string Describe() const override;
  bool stateful() const override { return false; }
  Result<std::unique_ptr<OperatorState>> Open() const override;

  const sql::GroupingSets& sets() const { return sets_; }

 private:
  sql::GroupingSets sets_;
};

}  // namespace headrace::engine
