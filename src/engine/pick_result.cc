// max_by, min_by, mode, and first, last and any_value where rows can be retracted: one of the
// values of a group. Where Spark says nothing of which, it is one that doesn't depend on the order
// of arrival: of what max_by orders by, the greatest value beside the greatest; the least value
// that is as frequent as any; the least for first and any_value, the greatest for last.
#include <arrow/array/array_nested.h>
#include <fmt/format.h>

#include <utility>

#include "engine/comparable.h"
#include "engine/value_coder.h"
#include "engine/value_result.h"

namespace headrace::engine {
namespace {

enum class Which { kFirst, kLast, kMostFrequent };

class Pick : public ValueResult {
 public:
  Pick(Which which, std::shared_ptr<arrow::DataType> type)
      : which_(which), coder_(std::move(type)) {}

  void Bind(const arrow::Array& argument) override { coder_.Bind(argument.Slice(0)); }
  void Append(int64_t row, std::string* out) const override { coder_.Append(row, out); }

  Result<std::shared_ptr<arrow::Array>> Values(
      const std::vector<const OrderedCounts*>& groups) const override {
    std::vector<std::optional<std::string_view>> picked;
    for (const OrderedCounts* group : groups) {
      picked.emplace_back();
      if (group != nullptr && !group->values().empty()) picked.back() = ValueOf(Of(*group));
    }
    return coder_.Decode(picked);
  }

 protected:
  // The part of what is kept that is the result.
  virtual std::string_view ValueOf(std::string_view kept) const { return kept; }

  ValueCoder& coder() { return coder_; }
  const ValueCoder& coder() const { return coder_; }

 private:
  std::string_view Of(const OrderedCounts& group) const {
    if (which_ == Which::kFirst) return group.values().begin()->first;
    if (which_ == Which::kLast) return group.values().rbegin()->first;
    auto most = group.values().begin();
    for (auto it = most; it != group.values().end(); ++it) {
      if (it->second.count > most->second.count) most = it;
    }
    return most->first;
  }

  const Which which_;
  ValueCoder coder_;
};

// The value in the only field of a struct.
class PickField : public Pick {
 public:
  using Pick::Pick;

  void Bind(const arrow::Array& argument) override {
    const auto& values = static_cast<const arrow::StructArray&>(argument);
    coder().Bind(values.field(0));
  }
};

// The second field of a struct, by the order of the first.
class PickBy : public Pick {
 public:
  using Pick::Pick;

  void Bind(const arrow::Array& argument) override {
    const auto& pairs = static_cast<const arrow::StructArray&>(argument);
    by_ = pairs.field(0);
    coder().Bind(pairs.field(1));
  }

  void Append(int64_t row, std::string* out) const override {
    std::string by;
    AppendComparable(*by_, row, &by);
    AppendTerminated(by, out);
    coder().Append(row, out);
  }

 protected:
  std::string_view ValueOf(std::string_view kept) const override {
    return kept.substr(TerminatedLength(kept));
  }

 private:
  std::shared_ptr<arrow::Array> by_;
};

}  // namespace

Result<std::unique_ptr<ValueResult>> MakePick(const sql::AggregateCall& call,
                                              std::shared_ptr<arrow::DataType> argument) {
  if (call.function == "mode")
    return std::make_unique<Pick>(Which::kMostFrequent, std::move(argument));
  if (call.function != "max_by" && call.function != "min_by") {
    const Which which = call.function == "last" ? Which::kLast : Which::kFirst;
    return std::make_unique<PickField>(which, argument->field(0)->type());
  }
  if (!IsComparable(*argument->field(0)->type())) {
    return UserError(
        fmt::format("{} cannot order by {}", call.function, argument->field(0)->type()->ToString()),
        "it orders by values that have an order: numbers, strings, dates, times");
  }
  const Which which = call.function == "max_by" ? Which::kLast : Which::kFirst;
  return std::make_unique<PickBy>(which, argument->field(1)->type());
}

}  // namespace headrace::engine
