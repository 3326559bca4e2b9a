// UNION ALL: the rows of all inputs. Each row keeps its own watermark, by which it is late or not;
// the watermark of the whole is that of the slowest input, so no window closes that one of them
// still fills. Without a watermark in one input there is none.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/operator.h"

namespace headrace::engine {

class UnionAllPlan : public OperatorPlan {
 public:
  // `data` are the output's columns; each input has the same number and types of them.
  UnionAllPlan(const arrow::Schema& data,
               const std::vector<std::shared_ptr<arrow::Schema>>& inputs);

  std::string kind() const override { return "union_all"; }
  std::string Describe() const override { return "union all"; }
  bool stateful() const override { return false; }
  Result<std::unique_ptr<OperatorState>> Open() const override;
};

}  // namespace headrace::engine
