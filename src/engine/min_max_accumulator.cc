// min and max. Over rows that only appear the best value is enough; where rows can be retracted all
// values are kept in order, each with its count.
#include <fmt/format.h>

#include <cmath>
#include <type_traits>
#include <utility>

#include "engine/accumulator.h"
#include "engine/comparable.h"
#include "engine/numbers.h"
#include "engine/value_counts.h"

namespace headrace::engine {
namespace {

constexpr int64_t kEntryBytes = 96;

// Spark's order: NaN is greater than any other number.
template <typename Number>
bool Less(Number left, Number right) {
  if constexpr (std::is_floating_point_v<Number>) {
    return left < right || (std::isnan(right) && !std::isnan(left));
  }
  return left < right;
}

// The best number of a group. Only for rows that are never retracted.
template <typename Number>
class BestNumber : public Accumulator {
 public:
  BestNumber(std::shared_ptr<arrow::DataType> type, bool max) : type_(std::move(type)), max_(max) {}

  void Resize(uint32_t groups) override { slots_.resize(groups); }
  void Clear(uint32_t group) override { slots_[group] = {}; }

  Status Update(const arrow::Array* argument, const uint32_t* groups, const int8_t* weights,
                int64_t rows) override {
    const Number* values = nullptr;
    if constexpr (std::is_floating_point_v<Number>) {
      values = Doubles(*argument, &scratch_);
    } else {
      values = Integers(*argument, &scratch_);
    }
    VisitRows(argument, groups, weights, rows, [this, values](int64_t row, uint32_t group, int8_t) {
      Offer(values[row], &slots_[group]);
    });
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Values(const std::vector<uint32_t>& groups) override {
    std::vector<Number> values(groups.size());
    std::vector<bool> valid(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) {
      values[i] = slots_[groups[i]].value;
      valid[i] = slots_[groups[i]].present;
    }
    return BuildNumbers(type_, values, valid);
  }

  bool mergeable() const override { return true; }
  Status Merge(const Accumulator& other, const std::vector<uint32_t>& from,
               const std::vector<uint32_t>& to) override {
    const auto& slots = static_cast<const BestNumber&>(other).slots_;
    for (size_t i = 0; i < from.size(); ++i)
      if (slots[from[i]].present) Offer(slots[from[i]].value, &slots_[to[i]]);
    return Status::OK();
  }

  void Save(uint32_t group, std::string* out) const override {
    AppendNumber(slots_[group].value, out);
    AppendNumber(static_cast<uint8_t>(slots_[group].present), out);
  }
  Status Load(uint32_t group, ByteReader* reader) override {
    uint8_t present = 0;
    RETURN_NOT_OK(reader->ReadNumber(&slots_[group].value));
    RETURN_NOT_OK(reader->ReadNumber(&present));
    slots_[group].present = present != 0;
    return Status::OK();
  }
  int64_t memory_bytes() const override {
    return static_cast<int64_t>(slots_.capacity() * sizeof(Slot));
  }

 private:
  struct Slot {
    Number value = 0;
    bool present = false;
  };

  void Offer(Number value, Slot* slot) const {
    if (!slot->present || (max_ ? Less(slot->value, value) : Less(value, slot->value)))
      *slot = {value, true};
  }

  const std::shared_ptr<arrow::DataType> type_;
  const bool max_;
  std::vector<Slot> slots_;
  std::vector<Number> scratch_;
};

// The same for any type that has an order, as comparable bytes.
class BestBytes : public Accumulator {
 public:
  BestBytes(std::shared_ptr<arrow::DataType> type, bool max) : type_(std::move(type)), max_(max) {}

  void Resize(uint32_t groups) override { best_.resize(groups); }
  void Clear(uint32_t group) override { best_[group] = {}; }

  Status Update(const arrow::Array* argument, const uint32_t* groups, const int8_t* weights,
                int64_t rows) override {
    VisitRows(argument, groups, weights, rows, [&](int64_t row, uint32_t group, int8_t) {
      value_.clear();
      AppendComparable(*argument, row, &value_);
      Offer(value_, &best_[group]);
    });
    return Status::OK();
  }

  bool mergeable() const override { return true; }
  Status Merge(const Accumulator& other, const std::vector<uint32_t>& from,
               const std::vector<uint32_t>& to) override {
    const auto& best = static_cast<const BestBytes&>(other).best_;
    for (size_t i = 0; i < from.size(); ++i)
      if (!best[from[i]].empty()) Offer(best[from[i]], &best_[to[i]]);
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Values(const std::vector<uint32_t>& groups) override {
    std::vector<std::optional<std::string_view>> values(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) values[i] = best_[groups[i]];
    return DecodeComparable(type_, values);
  }

  void Save(uint32_t group, std::string* out) const override { AppendString(best_[group], out); }
  Status Load(uint32_t group, ByteReader* reader) override {
    std::string_view value;
    RETURN_NOT_OK(reader->ReadString(&value));
    best_[group] = value;
    return Status::OK();
  }
  int64_t memory_bytes() const override {
    return static_cast<int64_t>(best_.capacity() * sizeof(std::string));
  }

 private:
  void Offer(const std::string& value, std::string* best) const {
    if (best->empty() || (max_ ? *best < value : value < *best)) *best = value;
  }

  const std::shared_ptr<arrow::DataType> type_;
  const bool max_;
  std::vector<std::string> best_;
  std::string value_;
};

// All values of a group in order.
class OrderedValues : public Accumulator {
 public:
  OrderedValues(std::shared_ptr<arrow::DataType> type, bool max)
      : type_(std::move(type)), max_(max) {}

  void Resize(uint32_t groups) override { groups_.resize(groups); }
  void Clear(uint32_t group) override {
    if (groups_[group] == nullptr) return;
    values_ -= static_cast<int64_t>(groups_[group]->values().size());
    groups_[group]->Clear();
  }

  Status Update(const arrow::Array* argument, const uint32_t* groups, const int8_t* weights,
                int64_t rows) override {
    VisitRows(argument, groups, weights, rows, [&](int64_t row, uint32_t group, int8_t weight) {
      value_.clear();
      AppendComparable(*argument, row, &value_);
      const int64_t before = CountsOf(group).Add(value_, weight);
      values_ += (before + weight != 0 ? 1 : 0) - (before != 0 ? 1 : 0);
    });
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Values(const std::vector<uint32_t>& groups) override {
    std::vector<std::optional<std::string_view>> values(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto& counts = groups_[groups[i]];
      if (counts == nullptr || counts->values().empty()) continue;
      values[i] = max_ ? counts->values().rbegin()->first : counts->values().begin()->first;
    }
    return DecodeComparable(type_, values);
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

  const std::shared_ptr<arrow::DataType> type_;
  const bool max_;
  std::vector<std::unique_ptr<OrderedCounts>> groups_;
  int64_t values_ = 0;
  std::string value_;
};

}  // namespace

Result<std::unique_ptr<Accumulator>> MakeMinMax(std::shared_ptr<arrow::DataType> argument, bool max,
                                                bool weighted) {
  if (!IsComparable(*argument)) {
    return UserError(
        fmt::format("{} of {} is not supported", max ? "max" : "min", argument->ToString()),
        "it takes values that have an order: numbers, strings, dates, times");
  }
  if (weighted) return std::make_unique<OrderedValues>(std::move(argument), max);
  if (IsIntegerLike(*argument)) {
    return std::make_unique<BestNumber<int64_t>>(std::move(argument), max);
  }
  if (IsFloating(*argument)) {
    return std::make_unique<BestNumber<double>>(std::move(argument), max);
  }
  return std::make_unique<BestBytes>(std::move(argument), max);
}

}  // namespace headrace::engine
