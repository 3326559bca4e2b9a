// percentile (interpolated, as a DOUBLE) and percentile_approx (a value that is there: headrace
// finds the exact one).
#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/builder.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/value_coder.h"
#include "engine/value_result.h"

namespace headrace::engine {
namespace {

using Bytes = std::optional<std::string_view>;

class Percentile : public ValueResult {
 public:
  Percentile(const sql::AggregateCall& call, std::shared_ptr<arrow::DataType> argument)
      : call_(call), coder_(std::move(argument)) {}

  void Bind(const arrow::Array& argument) override { coder_.Bind(argument.Slice(0)); }
  void Append(int64_t row, std::string* out) const override { coder_.Append(row, out); }

  Result<std::shared_ptr<arrow::Array>> Values(
      const std::vector<const OrderedCounts*>& groups) const override {
    const bool several = call_.type->id() == arrow::Type::LIST;
    std::vector<Bytes> lower;
    std::vector<Bytes> upper;
    std::vector<double> fractions;
    std::vector<int32_t> offsets = {0};
    arrow::TypedBufferBuilder<bool> valid;
    for (const OrderedCounts* group : groups) {
      const bool there = group != nullptr && !group->values().empty();
      RETURN_NOT_OK(valid.Append(there));
      if (there || !several) Find(there ? group : nullptr, &lower, &upper, &fractions);
      offsets.push_back(static_cast<int32_t>(lower.size()));
    }
    ASSIGN_OR_RAISE(auto results, coder_.Decode(lower));
    if (call_.function == "percentile") {
      ASSIGN_OR_RAISE(const auto above, coder_.Decode(upper));
      ASSIGN_OR_RAISE(results, Interpolate(*results, *above, fractions));
    }
    if (!several) return results;
    ASSIGN_OR_RAISE(auto bitmap, valid.Finish());
    return std::make_shared<arrow::ListArray>(call_.type, static_cast<int64_t>(groups.size()),
                                              arrow::Buffer::FromVector(offsets),
                                              std::move(results), std::move(bitmap));
  }

 private:
  // Adds the values around each percentage; nulls where there is no group.
  void Find(const OrderedCounts* group, std::vector<Bytes>* lower, std::vector<Bytes>* upper,
            std::vector<double>* fractions) const {
    int64_t total = 0;
    if (group != nullptr) {
      for (const auto& [value, counted] : group->values()) total += CountOf(counted);
    }
    for (const double percentage : call_.parameters) {
      if (group == nullptr) {
        lower->emplace_back();
        upper->emplace_back();
        fractions->push_back(0);
        continue;
      }
      const double position = percentage * static_cast<double>(total - 1);
      double at = std::floor(position);
      if (call_.function != "percentile")
        at = std::max(std::ceil(percentage * static_cast<double>(total)) - 1, 0.0);
      lower->push_back(At(*group, static_cast<int64_t>(at)));
      upper->push_back(At(*group, static_cast<int64_t>(std::ceil(position))));
      fractions->push_back(position - at);
    }
  }

  int64_t CountOf(const CountedValue& counted) const { return call_.distinct ? 1 : counted.count; }

  std::string_view At(const OrderedCounts& group, int64_t position) const {
    for (const auto& [value, counted] : group.values()) {
      position -= CountOf(counted);
      if (position < 0) return value;
    }
    return group.values().rbegin()->first;
  }

  static Result<std::shared_ptr<arrow::Array>> Interpolate(const arrow::Array& lower,
                                                           const arrow::Array& upper,
                                                           const std::vector<double>& fractions) {
    const auto& below = static_cast<const arrow::DoubleArray&>(lower);
    const auto& above = static_cast<const arrow::DoubleArray&>(upper);
    arrow::DoubleBuilder builder;
    for (int64_t i = 0; i < below.length(); ++i) {
      const double fraction = fractions[static_cast<size_t>(i)];
      if (below.IsNull(i)) {
        RETURN_NOT_OK(builder.AppendNull());
      } else if (fraction == 0 || below.Value(i) == above.Value(i)) {
        RETURN_NOT_OK(builder.Append(below.Value(i)));
      } else {
        RETURN_NOT_OK(builder.Append(below.Value(i) * (1 - fraction) + above.Value(i) * fraction));
      }
    }
    return builder.Finish();
  }

  const sql::AggregateCall call_;
  ValueCoder coder_;
};

}  // namespace

Result<std::unique_ptr<ValueResult>> MakePercentile(const sql::AggregateCall& call,
                                                    std::shared_ptr<arrow::DataType> argument) {
  return std::make_unique<Percentile>(call, std::move(argument));
}

}  // namespace headrace::engine
