#include "sql/plan.h"

namespace headrace::sql {

std::shared_ptr<arrow::Schema> JoinInput(const Plan& join) {
  arrow::FieldVector fields;
  for (const PlanPtr& input : join.inputs) {
    const auto& more = input->schema->fields();
    fields.insert(fields.end(), more.begin(), more.end());
  }
  return arrow::schema(std::move(fields));
}

}  // namespace headrace::sql
