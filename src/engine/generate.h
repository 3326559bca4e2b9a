// explode, posexplode and inline: a row for each element of an array or a map, weights and
// watermarks as those of the row it stood in. Without state.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/operator.h"
#include "sql/plan.h"

namespace headrace::engine {

class GeneratePlan : public OperatorPlan {
 public:
  // `data` is the schema of the result without system columns, as sql::Generate says. Nobody reads
  // the columns that `unused` names: they are null instead of being repeated.
  GeneratePlan(const std::shared_ptr<arrow::Schema>& input, const sql::Generate& generate,
               const arrow::Schema& data, std::vector<bool> unused);

  std::string kind() const override { return "generate"; }
  std::string Describe() const override;
  bool stateful() const override { return false; }
  Result<std::unique_ptr<OperatorState>> Open() const override;

  const sql::Generate& generate() const { return generate_; }
  const std::vector<bool>& unused() const { return unused_; }

 private:
  sql::Generate generate_;
  std::vector<bool> unused_;
};

}  // namespace headrace::engine
