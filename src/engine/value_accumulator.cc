// Keeps all values of a group, each with its count: for the functions of value_result.h. Its state
// grows with the values; a change costs as much as there are different ones in its group.
#include <utility>

#include "engine/accumulator.h"
#include "engine/value_counts.h"
#include "engine/value_result.h"

namespace headrace::engine {
namespace {

constexpr int64_t kEntryBytes = 96;

class KeptValues : public Accumulator {
 public:
  explicit KeptValues(std::unique_ptr<ValueResult> result) : result_(std::move(result)) {}

  void Resize(uint32_t groups) override { groups_.resize(groups); }
  void Clear(uint32_t group) override {
    if (groups_[group] == nullptr) return;
    values_ -= static_cast<int64_t>(groups_[group]->values().size());
    groups_[group]->Clear();
  }

  Status Update(const arrow::Array* argument, const uint32_t* groups, const int8_t* weights,
                int64_t rows) override {
    result_->Bind(*argument);
    VisitRows(argument, groups, weights, rows, [&](int64_t row, uint32_t group, int8_t weight) {
      value_.clear();
      result_->Append(row, &value_);
      const int64_t before = CountsOf(group).Add(value_, weight);
      values_ += (before + weight != 0 ? 1 : 0) - (before != 0 ? 1 : 0);
    });
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Values(const std::vector<uint32_t>& groups) override {
    std::vector<const OrderedCounts*> counts;
    for (const uint32_t group : groups) counts.push_back(groups_[group].get());
    return result_->Values(counts);
  }

  void Save(uint32_t, std::string*) const override {}
  Status Load(uint32_t, ByteReader*) override { return Status::OK(); }

  void TakeChangedValues(uint32_t group, const VisitValue& visit) override {
    if (groups_[group] == nullptr) return;
    groups_[group]->TakeChanged(visit);
    if (groups_[group]->values().empty()) groups_[group].reset();
  }

  Status LoadValue(uint32_t group, std::string_view value, int64_t count) override {
    OrderedCounts& counts = CountsOf(group);
    values_ -= static_cast<int64_t>(counts.values().size());
    counts.Set(value, count);
    values_ += static_cast<int64_t>(counts.values().size());
    return Status::OK();
  }

  int64_t memory_bytes() const override {
    return static_cast<int64_t>(groups_.capacity() * sizeof(void*)) + values_ * kEntryBytes;
  }

 private:
  OrderedCounts& CountsOf(uint32_t group) {
    if (groups_[group] == nullptr) groups_[group] = std::make_unique<OrderedCounts>();
    return *groups_[group];
  }

  const std::unique_ptr<ValueResult> result_;
  std::vector<std::unique_ptr<OrderedCounts>> groups_;
  int64_t values_ = 0;
  std::string value_;
};

}  // namespace

Result<std::unique_ptr<Accumulator>> MakeKeptValues(const sql::AggregateCall& call,
                                                    std::shared_ptr<arrow::DataType> argument) {
  const bool list = call.function == "collect_list" || call.function == "collect_set";
  auto made = list                                      ? MakeCollect(call, std::move(argument))
              : call.function.starts_with("percentile") ? MakePercentile(call, std::move(argument))
                                                        : MakePick(call, std::move(argument));
  ASSIGN_OR_RAISE(auto result, std::move(made));
  return std::make_unique<KeptValues>(std::move(result));
}

}  // namespace headrace::engine
