#include "engine/grouping_sets.h"

#include <arrow/array/util.h>
#include <arrow/scalar.h>

#include <utility>
#include <vector>

namespace headrace::engine {
namespace {

bool HasColumn(const arrow::Schema& schema, std::string_view name) {
  return schema.GetFieldIndex(std::string(name)) >= 0;
}

class GroupingSetsState : public OperatorState {
 public:
  explicit GroupingSetsState(const GroupingSetsPlan& plan) : plan_(plan) {}

  Result<Delta> Process(std::span<const Delta* const> inputs, MicroBatch&) override {
    Delta delta;
    delta.watermark = inputs[0]->watermark;
    for (const Changes& changes : inputs[0]->batches) {
      for (size_t set = 0; set < plan_.sets().sets.size(); ++set) {
        ASSIGN_OR_RAISE(ChangeBatch batch, Expand(*changes.batch, set));
        delta.batches.push_back({std::move(batch), nullptr});
      }
    }
    return delta;
  }

 private:
  Result<ChangeBatch> Expand(const arrow::RecordBatch& batch, size_t set) const {
    const std::vector<bool>& held = plan_.sets().sets[set];
    std::vector<std::shared_ptr<arrow::Array>> columns = batch.columns();
    for (size_t key = 0; key < held.size(); ++key) {
      if (held[key]) continue;
      ASSIGN_OR_RAISE(columns[key], arrow::MakeArrayOfNull(columns[key]->type(), batch.num_rows()));
    }
    ASSIGN_OR_RAISE(auto id, Constant(sql::GroupingId(held), batch.num_rows()));
    ASSIGN_OR_RAISE(auto nth, Constant(static_cast<int64_t>(set), batch.num_rows()));
    columns.insert(columns.begin() + DataColumns(*batch.schema()), {std::move(id), std::move(nth)});
    return arrow::RecordBatch::Make(plan_.output(), batch.num_rows(), std::move(columns));
  }

  static Result<std::shared_ptr<arrow::Array>> Constant(int64_t value, int64_t rows) {
    return arrow::MakeArrayFromScalar(arrow::Int64Scalar(value), rows);
  }

  const GroupingSetsPlan& plan_;
};

}  // namespace

GroupingSetsPlan::GroupingSetsPlan(const std::shared_ptr<arrow::Schema>& input,
                                   sql::GroupingSets sets, const arrow::Schema& data)
    : OperatorPlan(ChangeSchema(data, HasColumn(*input, kWeightColumn),
                                HasColumn(*input, kWatermarkColumn))),
      sets_(std::move(sets)) {}

std::string GroupingSetsPlan::Describe() const {
  std::string text = "grouping sets";
  for (const std::vector<bool>& set : sets_.sets) {
    text += " ";
    for (const bool held : set) text += held ? "1" : "0";
  }
  return text;
}

Result<std::unique_ptr<OperatorState>> GroupingSetsPlan::Open() const {
  return std::make_unique<GroupingSetsState>(*this);
}

}  // namespace headrace::engine
