// sum and avg. Integers and decimals are summed in 128 bits, floating point exactly (exact_sum.h),
// so no result depends on the order of the rows.
#include <arrow/array/array_decimal.h>
#include <arrow/builder.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/accumulator.h"
#include "engine/exact_sum.h"
#include "engine/numbers.h"

namespace headrace::engine {
namespace {

using Int128 = __int128;

Status Overflow(const std::string& what, const arrow::DataType& type) {
  return UserError(
      fmt::format("[ARITHMETIC_OVERFLOW] the {} of a group does not fit {}", what, type.ToString()),
      "cast the argument to a wider type, such as DECIMAL(38, 0)");
}

Int128 FromDecimal(const arrow::Array& values, int64_t row) {
  Int128 value;
  std::memcpy(&value, static_cast<const arrow::Decimal128Array&>(values).GetValue(row),
              sizeof(value));
  return value;
}

arrow::Decimal128 ToDecimal(Int128 value) {
  return arrow::Decimal128(static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value));
}

// What a group's sum is kept in.
struct WholeSlot {
  Int128 sum = 0;
  int64_t count = 0;  // of the values that are not null

  void Save(std::string* out) const {
    AppendNumber(sum, out);
    AppendNumber(count, out);
  }
  Status Load(ByteReader* reader) {
    RETURN_NOT_OK(reader->ReadNumber(&sum));
    return reader->ReadNumber(&count);
  }
};

struct ExactSlot {
  ExactSum sum;
  int64_t count = 0;

  void Save(std::string* out) const {
    sum.Save(out);
    AppendNumber(count, out);
  }
  Status Load(ByteReader* reader) {
    RETURN_NOT_OK(sum.Load(reader));
    return reader->ReadNumber(&count);
  }
};

template <typename Slot>
class SlotAccumulator : public Accumulator {
 public:
  explicit SlotAccumulator(std::shared_ptr<arrow::DataType> result) : result_(std::move(result)) {}

  void Resize(uint32_t groups) override { slots_.resize(groups); }
  void Clear(uint32_t group) override { slots_[group] = {}; }
  void Save(uint32_t group, std::string* out) const override { slots_[group].Save(out); }
  Status Load(uint32_t group, ByteReader* reader) override { return slots_[group].Load(reader); }
  int64_t memory_bytes() const override {
    return static_cast<int64_t>(slots_.capacity() * sizeof(Slot));
  }

 protected:
  const std::shared_ptr<arrow::DataType> result_;
  std::vector<Slot> slots_;
};

// What is kept as a whole number.
class WholeAccumulator : public SlotAccumulator<WholeSlot> {
 public:
  using SlotAccumulator::SlotAccumulator;

  bool mergeable() const override { return true; }
  Status Merge(const Accumulator& other, const std::vector<uint32_t>& from,
               const std::vector<uint32_t>& to) override {
    const auto& slots = static_cast<const WholeAccumulator&>(other).slots_;
    bool overflow = false;
    for (size_t i = 0; i < from.size(); ++i) {
      WholeSlot& slot = slots_[to[i]];
      overflow |= __builtin_add_overflow(slot.sum, slots[from[i]].sum, &slot.sum);
      slot.count += slots[from[i]].count;
    }
    return overflow ? Overflow("sum", *result_) : Status::OK();
  }
};

// Integers: 2^63 of them fit in 128 bits.
class IntegerSum : public WholeAccumulator {
 public:
  using WholeAccumulator::WholeAccumulator;

  Status Update(const arrow::Array* argument, const uint32_t* groups, const int8_t* weights,
                int64_t rows) override {
    const int64_t* values = Integers(*argument, &scratch_);
    WholeSlot* slots = slots_.data();
    VisitRows(argument, groups, weights, rows,
              [slots, values](int64_t row, uint32_t group, int8_t weight) {
                slots[group].sum += static_cast<Int128>(values[row]) * weight;
                slots[group].count += weight;
              });
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Values(const std::vector<uint32_t>& groups) override {
    std::vector<int64_t> values(groups.size());
    std::vector<bool> valid(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) {
      const WholeSlot& slot = slots_[groups[i]];
      valid[i] = slot.count > 0;
      if (!valid[i]) continue;
      values[i] = static_cast<int64_t>(slot.sum);
      if (values[i] != slot.sum) return Overflow("sum", *result_);
    }
    return BuildNumbers(result_, values, valid);
  }

 private:
  std::vector<int64_t> scratch_;
};

class IntegerAverage : public IntegerSum {
 public:
  using IntegerSum::IntegerSum;

  Result<std::shared_ptr<arrow::Array>> Values(const std::vector<uint32_t>& groups) override {
    std::vector<double> values(groups.size());
    std::vector<bool> valid(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) {
      const WholeSlot& slot = slots_[groups[i]];
      valid[i] = slot.count > 0;
      if (valid[i]) values[i] = static_cast<double>(slot.sum) / static_cast<double>(slot.count);
    }
    return BuildNumbers(result_, values, valid);
  }
};

class FloatingSum : public SlotAccumulator<ExactSlot> {
 public:
  FloatingSum(std::shared_ptr<arrow::DataType> result, bool average)
      : SlotAccumulator(std::move(result)), average_(average) {}

  Status Update(const arrow::Array* argument, const uint32_t* groups, const int8_t* weights,
                int64_t rows) override {
    const double* values = Doubles(*argument, &scratch_);
    ExactSlot* slots = slots_.data();
    VisitRows(argument, groups, weights, rows,
              [slots, values](int64_t row, uint32_t group, int8_t weight) {
                slots[group].sum.Add(values[row], weight);
                slots[group].count += weight;
              });
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Values(const std::vector<uint32_t>& groups) override {
    std::vector<double> values(groups.size());
    std::vector<bool> valid(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) {
      const ExactSlot& slot = slots_[groups[i]];
      valid[i] = slot.count > 0;
      if (!valid[i]) continue;
      values[i] = slot.sum.Value();
      if (average_) values[i] /= static_cast<double>(slot.count);
    }
    return BuildNumbers(result_, values, valid);
  }

 private:
  const bool average_;
  std::vector<double> scratch_;
};

class DecimalSum : public WholeAccumulator {
 public:
  using WholeAccumulator::WholeAccumulator;

  Status Update(const arrow::Array* argument, const uint32_t* groups, const int8_t* weights,
                int64_t rows) override {
    WholeSlot* slots = slots_.data();
    bool overflow = false;
    VisitRows(argument, groups, weights, rows, [&](int64_t row, uint32_t group, int8_t weight) {
      const Int128 value = FromDecimal(*argument, row) * weight;
      overflow |= __builtin_add_overflow(slots[group].sum, value, &slots[group].sum);
      slots[group].count += weight;
    });
    return overflow ? Overflow("sum", *result_) : Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Values(const std::vector<uint32_t>& groups) override {
    arrow::Decimal128Builder builder(result_);
    for (const uint32_t group : groups) {
      if (slots_[group].count <= 0) {
        RETURN_NOT_OK(builder.AppendNull());
        continue;
      }
      ASSIGN_OR_RAISE(const arrow::Decimal128 value, ValueOf(slots_[group]));
      RETURN_NOT_OK(builder.Append(value));
    }
    return builder.Finish();
  }

 protected:
  int32_t precision() const {
    return static_cast<const arrow::Decimal128Type&>(*result_).precision();
  }
  int32_t scale() const { return static_cast<const arrow::Decimal128Type&>(*result_).scale(); }

 private:
  virtual Result<arrow::Decimal128> ValueOf(const WholeSlot& slot) const {
    const arrow::Decimal128 value = ToDecimal(slot.sum);
    if (!value.FitsInPrecision(precision())) return Overflow("sum", *result_);
    return value;
  }
};

// Rounds half away from zero, as Spark does.
class DecimalAverage : public DecimalSum {
 public:
  DecimalAverage(std::shared_ptr<arrow::DataType> result, int32_t argument_scale)
      : DecimalSum(std::move(result)), argument_scale_(argument_scale) {}

 private:
  Result<arrow::Decimal128> ValueOf(const WholeSlot& slot) const override {
    const arrow::Decimal256 scaled =
        arrow::Decimal256(ToDecimal(slot.sum)).IncreaseScaleBy(scale() - argument_scale_);
    ASSIGN_OR_RAISE(const auto divided, scaled.Divide(arrow::Decimal256(slot.count)));
    arrow::Decimal256 quotient = divided.first;
    const arrow::Decimal256 rest = arrow::Decimal256::Abs(divided.second);
    if (rest + rest >= arrow::Decimal256(slot.count)) {
      quotient += arrow::Decimal256(slot.sum < 0 ? -1 : 1);
    }
    if (!quotient.FitsInPrecision(precision())) return Overflow("average", *result_);
    const auto words = quotient.little_endian_array();
    return arrow::Decimal128(static_cast<int64_t>(words[1]), words[0]);
  }

  const int32_t argument_scale_;
};

Status CannotAggregate(const std::string& function, const arrow::DataType& type) {
  return UserError(fmt::format("{} of {} is not supported", function, type.ToString()),
                   "it takes numbers");
}

bool IsDecimal(const arrow::DataType& type) { return type.id() == arrow::Type::DECIMAL128; }

}  // namespace

Result<std::unique_ptr<Accumulator>> MakeSum(std::shared_ptr<arrow::DataType> argument,
                                             std::shared_ptr<arrow::DataType> result) {
  if (IsFloating(*argument)) return std::make_unique<FloatingSum>(std::move(result), false);
  if (IsDecimal(*argument) && IsDecimal(*result)) {
    return std::make_unique<DecimalSum>(std::move(result));
  }
  if (!IsIntegerLike(*argument) || !IsIntegerLike(*result)) {
    return CannotAggregate("sum", *argument);
  }
  return std::make_unique<IntegerSum>(std::move(result));
}

Result<std::unique_ptr<Accumulator>> MakeAverage(std::shared_ptr<arrow::DataType> argument,
                                                 std::shared_ptr<arrow::DataType> result) {
  if (IsFloating(*argument)) return std::make_unique<FloatingSum>(std::move(result), true);
  if (IsDecimal(*argument) && IsDecimal(*result)) {
    const int32_t scale = static_cast<const arrow::Decimal128Type&>(*argument).scale();
    return std::make_unique<DecimalAverage>(std::move(result), scale);
  }
  if (!IsIntegerLike(*argument) || !IsFloating(*result)) return CannotAggregate("avg", *argument);
  return std::make_unique<IntegerAverage>(std::move(result));
}

}  // namespace headrace::engine
