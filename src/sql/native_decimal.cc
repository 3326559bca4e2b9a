// Decimal arithmetic: exact in 256 bits, rounded half up to the scale of the result type, an error
// where it doesn't fit.
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include "sql/native_rows.h"

namespace headrace::sql {
namespace {

using arrow::Decimal256;

const arrow::Decimal128Type& DecimalOf(const TypePtr& type) {
  return static_cast<const arrow::Decimal128Type&>(*type);
}

Decimal256 Widen(Int128 value) {
  return Decimal256(
      arrow::Decimal128(static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value)));
}

// Divides and rounds half up (away from zero), half even, up or down.
enum class Rounding { kHalfUp, kHalfEven, kFloor, kCeil };

Decimal256 DivideRounded(const Decimal256& value, const Decimal256& divisor, Rounding rounding) {
  const Decimal256 quotient = value / divisor;
  const Decimal256 rest = value % divisor;
  if (rest == Decimal256(0)) return quotient;
  const bool negative = value.IsNegative() != divisor.IsNegative();
  const Decimal256 away = quotient + (negative ? Decimal256(-1) : Decimal256(1));
  if (rounding == Rounding::kFloor) return negative ? away : quotient;
  if (rounding == Rounding::kCeil) return negative ? quotient : away;
  const Decimal256 twice = Decimal256::Abs(rest) * Decimal256(2);
  const Decimal256 whole = Decimal256::Abs(divisor);
  if (rounding == Rounding::kHalfEven && twice == whole) {
    return quotient % Decimal256(2) == Decimal256(0) ? quotient : away;
  }
  return twice >= whole ? away : quotient;
}

Decimal256 Rescale(const Decimal256& value, int from, int to, Rounding rounding) {
  if (to >= from) return value * Decimal256(Decimal256::GetScaleMultiplier(to - from));
  return DivideRounded(value, Decimal256(Decimal256::GetScaleMultiplier(from - to)), rounding);
}

// Narrows to the result type, or fails.
Int128 Narrow(const Decimal256& value, NativeRows& rows) {
  const auto& type = DecimalOf(rows.use().result);
  if (!value.FitsInPrecision(type.precision())) {
    rows.Fail(
        fmt::format("[NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION] {} cannot be represented as "
                    "Decimal({}, {})",
                    value.ToString(type.scale()), type.precision(), type.scale()));
    return 0;
  }
  const auto& words = value.little_endian_array();
  return static_cast<Int128>((static_cast<unsigned __int128>(words[1]) << 64) | words[0]);
}

// Addition and subtraction at the larger scale of the two.
template <bool kSubtract>
void Add(const NativeUse& use, NativeRows& rows) {
  const int left = DecimalOf(use.arguments[0]).scale();
  const int right = DecimalOf(use.arguments[1]).scale();
  const int result = DecimalOf(use.result).scale();
  const int scale = std::max(left, right);
  rows.Map<Int128, Int128, Int128>([&](Int128 a, Int128 b) {
    const Decimal256 x = Rescale(Widen(a), left, scale, Rounding::kHalfUp);
    const Decimal256 y = Rescale(Widen(b), right, scale, Rounding::kHalfUp);
    return Narrow(Rescale(kSubtract ? x + (-y) : x + y, scale, result, Rounding::kHalfUp), rows);
  });
}

void Multiply(const NativeUse& use, NativeRows& rows) {
  const int scale = DecimalOf(use.arguments[0]).scale() + DecimalOf(use.arguments[1]).scale();
  const int result = DecimalOf(use.result).scale();
  rows.Map<Int128, Int128, Int128>([&](Int128 a, Int128 b) {
    return Narrow(Rescale(Widen(a) * Widen(b), scale, result, Rounding::kHalfUp), rows);
  });
}

void Divide(const NativeUse& use, NativeRows& rows) {
  const int left = DecimalOf(use.arguments[0]).scale();
  const int right = DecimalOf(use.arguments[1]).scale();
  const int shift = DecimalOf(use.result).scale() + right - left;
  rows.Map<Int128, Int128, Int128>([&](Int128 a, Int128 b) -> Int128 {
    if (b == 0) {
      rows.Fail(
          "[DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor being 0 and "
          "return NULL instead.");
      return 0;
    }
    // Beyond 256 bits the quotient has more than 38 digits, whatever the divisor.
    if (shift > 0 && !Widen(a).FitsInPrecision(76 - shift)) {
      return Narrow(Decimal256(Decimal256::GetMaxValue(76)), rows);
    }
    const Decimal256 x = shift > 0 ? Rescale(Widen(a), 0, shift, Rounding::kHalfUp) : Widen(a);
    const Decimal256 y = shift < 0 ? Rescale(Widen(b), 0, -shift, Rounding::kHalfUp) : Widen(b);
    return Narrow(DivideRounded(x, y, Rounding::kHalfUp), rows);
  });
}

template <bool kPositive>
void Remainder(const NativeUse& use, NativeRows& rows) {
  const int left = DecimalOf(use.arguments[0]).scale();
  const int right = DecimalOf(use.arguments[1]).scale();
  const int scale = std::max(left, right);
  const int result = DecimalOf(use.result).scale();
  rows.Map<Int128, Int128, Int128>([&](Int128 a, Int128 b) -> Int128 {
    if (b == 0) {
      rows.Fail(
          "[REMAINDER_BY_ZERO] Remainder by zero. Use `try_mod` to tolerate divisor being 0 and "
          "return NULL instead.");
      return 0;
    }
    const Decimal256 x = Rescale(Widen(a), left, scale, Rounding::kHalfUp);
    const Decimal256 y = Rescale(Widen(b), right, scale, Rounding::kHalfUp);
    Decimal256 rest = x % y;
    if (kPositive && rest.IsNegative()) rest = (rest + y) % y;
    return Narrow(Rescale(rest, scale, result, Rounding::kHalfUp), rows);
  });
}

// round(decimal, scale) and its kin: a negative scale rounds tens, hundreds, ...
template <Rounding kRounding>
void Round(const NativeUse& use, NativeRows& rows) {
  const int scale = DecimalOf(use.arguments[0]).scale();
  const int result = DecimalOf(use.result).scale();
  const auto round = [&](Int128 value, int32_t digits) {
    if (digits >= scale) return Narrow(Rescale(Widen(value), scale, result, kRounding), rows);
    if (digits < -38) return Int128{0};
    const Decimal256 rounded = Rescale(Widen(value), scale, digits, kRounding);
    return Narrow(Rescale(rounded, digits, result, kRounding), rows);
  };
  if (use.arguments.size() == 1) {
    rows.Map<Int128, Int128>([&](Int128 value) { return round(value, 0); });
  } else {
    rows.Map<Int128, Int128, int32_t>(round);
  }
}

struct ByName {
  std::string_view name;
  NativeFunction function;
};
constexpr ByName kKernels[] = {
    {"decimal_add", Add<false>},
    {"decimal_subtract", Add<true>},
    {"decimal_multiply", Multiply},
    {"decimal_divide", Divide},
    {"decimal_remainder", Remainder<false>},
    {"decimal_pmod", Remainder<true>},
    {"decimal_round", Round<Rounding::kHalfUp>},
    {"decimal_bround", Round<Rounding::kHalfEven>},
    {"decimal_floor", Round<Rounding::kFloor>},
    {"decimal_ceil", Round<Rounding::kCeil>},
};

}  // namespace

NativeFunction FindDecimalNative(const NativeUse& use) {
  for (const ByName& row : kKernels) {
    if (row.name == use.kernel) return row.function;
  }
  return nullptr;
}

}  // namespace headrace::sql
