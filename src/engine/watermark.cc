#include "engine/watermark.h"

#include <arrow/array/array_primitive.h>
#include <arrow/builder.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "engine/bytes.h"
#include "engine/rows.h"

namespace headrace::engine {
namespace {

constexpr std::string_view kMaxTimeKey = "max_time";

class WatermarkState : public OperatorState {
 public:
  explicit WatermarkState(const WatermarkPlan& plan)
      : output_(plan.output()), column_(plan.column()), delay_us_(plan.delay_us()) {}

  Result<Delta> Process(std::span<const Delta* const> inputs, MicroBatch&) override {
    Delta delta;
    for (const Changes& changes : inputs[0]->batches) {
      ASSIGN_OR_RAISE(ChangeBatch stamped, Stamp(*changes.batch));
      delta.batches.push_back({std::move(stamped), nullptr});
    }
    delta.watermark = watermark();
    return delta;
  }

  void SaveChanges(StateBlock* block) override {
    if (max_time_us_ == saved_max_time_us_) return;
    std::string value;
    AppendNumber(*max_time_us_, &value);
    block->Put(kMaxTimeKey, value);
    saved_max_time_us_ = max_time_us_;
  }

  Status Restore(std::string_view key, std::optional<std::string_view> value) override {
    if (key != kMaxTimeKey || !value.has_value()) {
      return Status::Invalid("the state of a watermark holds an unknown entry");
    }
    int64_t time_us = 0;
    RETURN_NOT_OK(ByteReader(*value).ReadNumber(&time_us));
    max_time_us_ = saved_max_time_us_ = time_us;
    return Status::OK();
  }

 private:
  // A delay longer than the time since the earliest timestamp holds the watermark there.
  std::optional<int64_t> watermark() const {
    if (!max_time_us_.has_value()) return std::nullopt;
    int64_t watermark_us = 0;
    if (__builtin_sub_overflow(*max_time_us_, delay_us_, &watermark_us)) {
      return std::numeric_limits<int64_t>::min();
    }
    return watermark_us;
  }

  Result<ChangeBatch> Stamp(const arrow::RecordBatch& batch) {
    const auto& times = static_cast<const arrow::TimestampArray&>(*batch.column(column_));
    arrow::Int64Builder stamps;
    RETURN_NOT_OK(stamps.Reserve(batch.num_rows()));
    std::optional<int64_t> current = watermark();
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (current.has_value()) {
        stamps.UnsafeAppend(*current);
      } else {
        stamps.UnsafeAppendNull();
      }
      if (times.IsNull(row)) continue;
      const int64_t time_us = times.Value(row);
      if (max_time_us_.has_value() && time_us <= *max_time_us_) continue;
      max_time_us_ = time_us;
      current = watermark();
    }
    ASSIGN_OR_RAISE(auto stamped, stamps.Finish());
    std::vector<std::shared_ptr<arrow::Array>> columns = DataArrays(batch);
    if (Weights(batch) != nullptr) {
      columns.push_back(batch.GetColumnByName(std::string(kWeightColumn)));
    }
    columns.push_back(std::move(stamped));
    return arrow::RecordBatch::Make(output_, batch.num_rows(), std::move(columns));
  }

  const std::shared_ptr<arrow::Schema> output_;
  const int column_;
  const int64_t delay_us_;
  std::optional<int64_t> max_time_us_;
  std::optional<int64_t> saved_max_time_us_;
};

std::shared_ptr<arrow::Schema> Stamped(const arrow::Schema& input) {
  const bool weighted = input.GetFieldIndex(std::string(kWeightColumn)) >= 0;
  arrow::FieldVector fields = input.fields();
  fields.resize(DataColumns(input));
  return ChangeSchema(*arrow::schema(std::move(fields)), weighted, true);
}

}  // namespace

WatermarkPlan::WatermarkPlan(const std::shared_ptr<arrow::Schema>& input, int column,
                             int64_t delay_us)
    : OperatorPlan(Stamped(*input)), column_(column), delay_us_(delay_us) {}

std::string WatermarkPlan::Describe() const {
  return fmt::format("watermark on {}, delay {} s", output()->field(column_)->name(),
                     static_cast<double>(delay_us_) / 1e6);
}

Result<std::unique_ptr<OperatorState>> WatermarkPlan::Open() const {
  return std::make_unique<WatermarkState>(*this);
}

}  // namespace headrace::engine
