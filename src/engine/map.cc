#include "engine/map.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/expression_text.h"
#include "format/json_writer.h"
#include "sql/evaluator.h"

namespace headrace::engine {
namespace {

// Puts aside the one row of `batch`, which failed with `error`. What is retracted failed when it
// appeared too, and was put aside then.
void Reject(const MapPlan& plan, const ChangeBatch& batch, const Origins* origins,
            int64_t origin_row, const Status& error, MicroBatch* context) {
  const int8_t* weights = Weights(*batch);
  if (weights != nullptr && weights[0] < 0) return;
  MicroBatch::RejectedRow row{plan.view(), error.message(), std::nullopt, ""};
  if (origins != nullptr) {
    row.origin = origins->Of(origin_row);
  } else {
    format::WriteJsonRow(*batch, 0, &row.row_json);
  }
  context->rejected.push_back(std::move(row));
}

class MapState : public OperatorState {
 public:
  MapState(const MapPlan& plan, std::unique_ptr<sql::Evaluator> evaluator)
      : plan_(plan), evaluator_(std::move(evaluator)) {}

  Result<Delta> Process(std::span<const Delta* const> inputs, MicroBatch& context) override {
    Delta delta;
    delta.watermark = inputs[0]->watermark;
    evaluator_->SetNow(context.now_us);
    for (const Changes& changes : inputs[0]->batches) {
      const size_t first = delta.batches.size();
      RETURN_NOT_OK(Run(changes.batch, changes.origins.get(), 0, &delta, &context));
      for (size_t i = first; i < delta.batches.size(); ++i)
        delta.batches[i].partition = changes.partition;
    }
    return delta;
  }

 private:
  // Runs a batch whose first row is row `first` of the batch that `origins` speaks of.
  Status Run(const ChangeBatch& batch, const Origins* origins, int64_t first, Delta* delta,
             MicroBatch* context) {
    if (batch->num_rows() == 0) return Status::OK();
    Result<ChangeBatch> result = evaluator_->Run(batch);
    if (result.ok()) {
      if ((*result)->num_rows() > 0) delta->batches.push_back({std::move(*result), nullptr});
      return Status::OK();
    }
    if (KindOf(result.status()) != ErrorKind::kUser) return result.status();
    if (batch->num_rows() == 1) {
      Reject(plan_, batch, origins, first, result.status(), context);
      return Status::OK();
    }
    const int64_t half = batch->num_rows() / 2;
    RETURN_NOT_OK(Run(batch->Slice(0, half), origins, first, delta, context));
    return Run(batch->Slice(half), origins, first + half, delta, context);
  }

  const MapPlan& plan_;
  const std::unique_ptr<sql::Evaluator> evaluator_;
};

// Columns picked, renamed or reordered: nothing to compute.
class PickState : public OperatorState {
 public:
  PickState(std::shared_ptr<arrow::Schema> output, std::vector<int> columns)
      : output_(std::move(output)), columns_(std::move(columns)) {}

  Result<Delta> Process(std::span<const Delta* const> inputs, MicroBatch&) override {
    Delta delta;
    delta.watermark = inputs[0]->watermark;
    for (const Changes& changes : inputs[0]->batches) {
      std::vector<std::shared_ptr<arrow::Array>> columns;
      for (const int column : columns_) columns.push_back(changes.batch->column(column));
      const int system = DataColumns(*changes.batch->schema());
      for (int i = system; i < changes.batch->num_columns(); ++i) {
        columns.push_back(changes.batch->column(i));
      }
      delta.batches.push_back(
          {arrow::RecordBatch::Make(output_, changes.batch->num_rows(), std::move(columns)),
           changes.origins, changes.partition});
    }
    return delta;
  }

 private:
  const std::shared_ptr<arrow::Schema> output_;
  const std::vector<int> columns_;
};

// Returns the columns that the plan picks, or nothing where it computes.
std::vector<int> PickedColumns(const MapPlan& plan) {
  std::vector<int> columns;
  if (plan.filter() != nullptr) return columns;
  for (const sql::ExpressionPtr& output : plan.outputs()) {
    const auto* column = std::get_if<sql::ColumnReference>(&output->node);
    if (column == nullptr) return {};
    columns.push_back(column->index);
  }
  return columns;
}

}  // namespace

Result<std::shared_ptr<const MapPlan>> MapPlan::Make(const std::string& view,
                                                     std::shared_ptr<arrow::Schema> input,
                                                     sql::ExpressionPtr filter,
                                                     std::vector<sql::ExpressionPtr> outputs,
                                                     std::vector<std::string> names) {
  arrow::FieldVector fields;
  for (size_t i = 0; i < outputs.size(); ++i) {
    fields.push_back(arrow::field(names[i], outputs[i]->type, outputs[i]->nullable));
  }
  const bool weighted = input->GetFieldIndex(std::string(kWeightColumn)) >= 0;
  const bool watermarked = input->GetFieldIndex(std::string(kWatermarkColumn)) >= 0;
  const bool by_clock = (filter != nullptr && DependsOnClock(*filter)) ||
                        std::any_of(outputs.begin(), outputs.end(),
                                    [](const auto& output) { return DependsOnClock(*output); });
  if (weighted && by_clock) {
    return UserError(
        fmt::format("view '{}' uses the current time over rows that can be corrected later", view),
        "a correction takes back the row as it was, which cannot be computed again later; use a "
        "time of the record instead, or read a source without 'key'");
  }
  std::shared_ptr<MapPlan> plan(
      new MapPlan(ChangeSchema(*arrow::schema(std::move(fields)), weighted, watermarked)));
  plan->view_ = view;
  plan->input_ = std::move(input);
  plan->filter_ = std::move(filter);
  plan->outputs_ = std::move(outputs);
  plan->names_ = std::move(names);
  return plan;
}

std::string MapPlan::Describe() const {
  std::string text = "map";
  for (size_t i = 0; i < outputs_.size(); ++i) {
    text += fmt::format("{} {} = {}", i == 0 ? "" : ",", names_[i],
                        ExpressionText(*outputs_[i], *input_));
  }
  if (filter_ != nullptr) text += " where " + ExpressionText(*filter_, *input_);
  return text;
}

Result<std::unique_ptr<OperatorState>> MapPlan::Open() const {
  std::vector<int> picked = PickedColumns(*this);
  if (!picked.empty()) return std::make_unique<PickState>(output(), std::move(picked));
  ASSIGN_OR_RAISE(auto evaluator, sql::Evaluator::Make(input_, filter_, outputs_, names_));
  return std::make_unique<MapState>(*this, std::move(evaluator));
}

}  // namespace headrace::engine
