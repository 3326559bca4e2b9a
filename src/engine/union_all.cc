#include "engine/union_all.h"

#include <algorithm>

#include "engine/rows.h"

namespace headrace::engine {
namespace {

bool HasColumn(const arrow::Schema& schema, std::string_view name) {
  return schema.GetFieldIndex(std::string(name)) >= 0;
}

std::shared_ptr<arrow::Schema> Unite(const arrow::Schema& data,
                                     const std::vector<std::shared_ptr<arrow::Schema>>& inputs) {
  const bool weighted = std::any_of(inputs.begin(), inputs.end(), [](const auto& input) {
    return HasColumn(*input, kWeightColumn);
  });
  const bool watermarked = std::all_of(inputs.begin(), inputs.end(), [](const auto& input) {
    return HasColumn(*input, kWatermarkColumn);
  });
  return ChangeSchema(data, weighted, watermarked);
}

class UnionAllState : public OperatorState {
 public:
  explicit UnionAllState(const UnionAllPlan& plan)
      : output_(plan.output()), weighted_(plan.weighted()), watermarked_(plan.watermarked()) {}

  Result<Delta> Process(std::span<const Delta* const> inputs, MicroBatch&) override {
    Delta delta;
    if (watermarked_) delta.watermark = inputs[0]->watermark;
    for (const Delta* input : inputs) {
      // An empty optional is less than every watermark: it holds the others back.
      if (watermarked_) delta.watermark = std::min(delta.watermark, input->watermark);
      for (const Changes& changes : input->batches) {
        delta.batches.push_back({Align(*changes.batch), nullptr, changes.partition});
      }
    }
    return delta;
  }

 private:
  ChangeBatch Align(const arrow::RecordBatch& batch) const {
    std::vector<std::shared_ptr<arrow::Array>> columns = DataArrays(batch);
    if (weighted_) {
      auto weights = batch.GetColumnByName(std::string(kWeightColumn));
      columns.push_back(weights != nullptr ? std::move(weights)
                                           : MakeWeights(std::vector<int8_t>(batch.num_rows(), 1)));
    }
    if (watermarked_) columns.push_back(batch.GetColumnByName(std::string(kWatermarkColumn)));
    return arrow::RecordBatch::Make(output_, batch.num_rows(), std::move(columns));
  }

  const std::shared_ptr<arrow::Schema> output_;
  const bool weighted_;
  const bool watermarked_;
};

}  // namespace

UnionAllPlan::UnionAllPlan(const arrow::Schema& data,
                           const std::vector<std::shared_ptr<arrow::Schema>>& inputs)
    : OperatorPlan(Unite(data, inputs)) {}

Result<std::unique_ptr<OperatorState>> UnionAllPlan::Open() const {
  return std::make_unique<UnionAllState>(*this);
}

}  // namespace headrace::engine
