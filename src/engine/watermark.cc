#include "engine/watermark.h"

#include <arrow/array/array_primitive.h>
#include <arrow/builder.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "engine/bytes.h"
#include "engine/rows.h"

namespace headrace::engine {
namespace {

constexpr std::string_view kTimeKey = "max_time";
constexpr std::string_view kPartitionKey = "partition ";

class WatermarkState : public OperatorState {
 public:
  explicit WatermarkState(const WatermarkPlan& plan)
      : output_(plan.output()),
        column_(plan.column()),
        delay_us_(plan.delay_us()),
        idle_after_us_(plan.idle_after_us()) {}

  Result<Delta> Process(std::span<const Delta* const> inputs, MicroBatch& context) override {
    Delta delta;
    for (const Changes& changes : inputs[0]->batches) {
      const std::string name = changes.partition == nullptr ? "" : *changes.partition;
      ASSIGN_OR_RAISE(ChangeBatch stamped, Stamp(*changes.batch, name, context.now_us));
      delta.batches.push_back({std::move(stamped), nullptr, changes.partition});
    }
    Advance(context.now_us);
    delta.watermark = WatermarkAt(time_us_);
    return delta;
  }

  void SaveChanges(StateBlock* block) override {
    const auto put = [&](const std::string& key, std::initializer_list<int64_t> numbers) {
      std::string value;
      for (const int64_t number : numbers) AppendNumber(number, &value);
      block->Put(key, value);
    };
    if (time_us_ != saved_time_us_) put(std::string(kTimeKey), {*time_us_});
    saved_time_us_ = time_us_;
    for (auto& [name, partition] : partitions_) {
      if (std::exchange(partition.changed, false))
        put(std::string(kPartitionKey) + name, {partition.time_us, partition.seen_us});
    }
  }

  Status Restore(std::string_view key, std::optional<std::string_view> value) override {
    const bool is_partition = key.starts_with(kPartitionKey);
    if (!value.has_value() || (key != kTimeKey && !is_partition)) {
      return Status::Invalid("the state of a watermark holds an unknown entry");
    }
    ByteReader reader(*value);
    if (is_partition) {
      Partition& partition = partitions_[std::string(key.substr(kPartitionKey.size()))];
      RETURN_NOT_OK(reader.ReadNumber(&partition.time_us));
      return reader.ReadNumber(&partition.seen_us);
    }
    int64_t time_us = 0;
    RETURN_NOT_OK(reader.ReadNumber(&time_us));
    time_us_ = saved_time_us_ = time_us;
    return Status::OK();
  }

  std::optional<int64_t> watermark() const override { return WatermarkAt(time_us_); }

 private:
  struct Partition {
    int64_t time_us = 0;  // the largest event time
    int64_t seen_us = 0;  // the clock of the epoch of its last row
    bool changed = false;
  };

  // A delay longer than the time since the earliest timestamp holds the watermark there.
  std::optional<int64_t> WatermarkAt(std::optional<int64_t> time_us) const {
    if (!time_us.has_value()) return std::nullopt;
    int64_t watermark_us = 0;
    if (__builtin_sub_overflow(*time_us, delay_us_, &watermark_us)) {
      return std::numeric_limits<int64_t>::min();
    }
    return watermark_us;
  }

  // Takes the rows of a batch into the event time of its partition.
  Result<ChangeBatch> Stamp(const arrow::RecordBatch& batch, const std::string& name,
                            int64_t now_us) {
    const auto& times = static_cast<const arrow::TimestampArray&>(*batch.column(column_));
    arrow::Int64Builder stamps;
    RETURN_NOT_OK(stamps.Reserve(batch.num_rows()));
    auto partition = partitions_.find(name);
    // What is closed already stays closed, for whoever comes new or was idle.
    std::optional<int64_t> time_us = time_us_;
    if (partition != partitions_.end()) time_us = std::max(time_us, {partition->second.time_us});
    std::optional<int64_t> current = WatermarkAt(time_us);
    std::optional<int64_t> largest;
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (current.has_value()) {
        stamps.UnsafeAppend(*current);
      } else {
        stamps.UnsafeAppendNull();
      }
      if (times.IsNull(row)) continue;
      const int64_t row_us = times.Value(row);
      largest = std::max(largest, {row_us});
      if (time_us.has_value() && row_us <= *time_us) continue;
      time_us = row_us;
      current = WatermarkAt(time_us);
    }
    if (largest.has_value()) {
      if (partition == partitions_.end())
        partition = partitions_.emplace(name, Partition{.time_us = *largest}).first;
      partition->second.time_us = std::max(partition->second.time_us, *largest);
      partition->second.seen_us = now_us;
      partition->second.changed = true;
    }
    ASSIGN_OR_RAISE(auto stamped, stamps.Finish());
    std::vector<std::shared_ptr<arrow::Array>> columns = DataArrays(batch);
    if (Weights(batch) != nullptr) {
      columns.push_back(batch.GetColumnByName(std::string(kWeightColumn)));
    }
    columns.push_back(std::move(stamped));
    return arrow::RecordBatch::Make(output_, batch.num_rows(), std::move(columns));
  }

  // The slowest partition holds the others back, for so long as it isn't idle.
  void Advance(int64_t now_us) {
    std::optional<int64_t> slowest;
    for (const auto& [name, partition] : partitions_) {
      if (now_us - partition.seen_us > idle_after_us_) continue;
      slowest = slowest.has_value() ? std::min(*slowest, partition.time_us) : partition.time_us;
    }
    time_us_ = std::max(time_us_, slowest);
  }

  const std::shared_ptr<arrow::Schema> output_;
  const int column_;
  const int64_t delay_us_;
  const int64_t idle_after_us_;
  std::map<std::string, Partition> partitions_;  // "" for rows of unknown partitions
  // The event time that has passed in every partition; what the watermark follows.
  std::optional<int64_t> time_us_;
  std::optional<int64_t> saved_time_us_;
};

std::shared_ptr<arrow::Schema> Stamped(const arrow::Schema& input) {
  const bool weighted = input.GetFieldIndex(std::string(kWeightColumn)) >= 0;
  arrow::FieldVector fields = input.fields();
  fields.resize(DataColumns(input));
  return ChangeSchema(*arrow::schema(std::move(fields)), weighted, true);
}

}  // namespace

WatermarkPlan::WatermarkPlan(const std::shared_ptr<arrow::Schema>& input, int column,
                             int64_t delay_us, int64_t idle_after_us)
    : OperatorPlan(Stamped(*input)),
      column_(column),
      delay_us_(delay_us),
      idle_after_us_(idle_after_us) {}

// Without `idle_after`, which decides what comes, not what the state means.
std::string WatermarkPlan::Describe() const {
  return fmt::format("watermark on {}, delay {} s", output()->field(column_)->name(),
                     static_cast<double>(delay_us_) / 1e6);
}

Result<std::unique_ptr<OperatorState>> WatermarkPlan::Open() const {
  return std::make_unique<WatermarkState>(*this);
}

}  // namespace headrace::engine
