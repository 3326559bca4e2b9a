// Kernels on numbers: where DuckDB's function raises an error, Java's Math gives NaN or null, and
// the other way round.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "sql/native_rows.h"
#include "sql/number_text.h"

namespace headrace::sql {
namespace {

using arrow::Type;

constexpr const char* kDivideByZero =
    "[DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor being 0 and return "
    "NULL "
    "instead.";
constexpr const char* kRemainderByZero =
    "[REMAINDER_BY_ZERO] Remainder by zero. Use `try_mod` to tolerate divisor being 0 and return "
    "NULL instead.";
constexpr const char* kOverflow = "[ARITHMETIC_OVERFLOW] the result is out of range";

void Divide(const NativeUse&, NativeRows& rows) {
  rows.Map<double, double, double>([&](double a, double b) {
    if (b == 0) rows.Fail(kDivideByZero);
    return a / b;
  });
}

void IntegralDivide(const NativeUse&, NativeRows& rows) {
  rows.Map<int64_t, int64_t, int64_t>([&](int64_t a, int64_t b) -> int64_t {
    if (b == 0) {
      rows.Fail(kDivideByZero);
      return 0;
    }
    if (b == -1 && a == std::numeric_limits<int64_t>::min()) {
      rows.Fail(kOverflow);
      return 0;
    }
    return a / b;
  });
}

template <typename T>
T RemainderOf(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::fmod(a, b);
  } else {
    return b == -1 ? 0 : static_cast<T>(a % b);
  }
}

template <typename T>
void Remainder(const NativeUse&, NativeRows& rows) {
  rows.Map<T, T, T>([&](T a, T b) -> T {
    if (b == 0) {
      rows.Fail(kRemainderByZero);
      return 0;
    }
    return RemainderOf(a, b);
  });
}

template <typename T>
void PositiveModulo(const NativeUse&, NativeRows& rows) {
  rows.Map<T, T, T>([&](T a, T b) -> T {
    if (b == 0) {
      rows.Fail(kRemainderByZero);
      return 0;
    }
    const T remainder = RemainderOf(a, b);
    return remainder < 0 ? RemainderOf(static_cast<T>(remainder + b), b) : remainder;
  });
}

// Java's conversion of a double to a long.
int64_t Saturate(double value) {
  if (std::isnan(value)) return 0;
  if (value >= 9223372036854775808.0) return std::numeric_limits<int64_t>::max();
  if (value <= -9223372036854775808.0) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(value);
}

template <double (*Compute)(double)>
void ToBigint(const NativeUse&, NativeRows& rows) {
  rows.Map<int64_t, double>([](double value) { return Saturate(Compute(value)); });
}

template <double (*Compute)(double)>
void Unary(const NativeUse&, NativeRows& rows) {
  rows.Map<double, double>([](double value) { return Compute(value); });
}

template <double (*Compute)(double, double)>
void Binary(const NativeUse&, NativeRows& rows) {
  rows.Map<double, double, double>([](double a, double b) { return Compute(a, b); });
}

// Logarithms: null up to `kBound`.
template <double (*Compute)(double), int kBound>
void Logarithm(const NativeUse&, NativeRows& rows) {
  rows.Map<double, double>([](double value) {
    return value <= kBound ? std::nullopt : std::optional<double>(Compute(value));
  });
}

void LogarithmOfBase(const NativeUse&, NativeRows& rows) {
  rows.Map<double, double, double>([](double base, double value) {
    return base <= 0 || value <= 0 ? std::nullopt
                                   : std::optional<double>(std::log(value) / std::log(base));
  });
}

// Java adds 0.0 to both, which makes -0.0 a 0.0.
double Angle(double y, double x) { return std::atan2(y + 0.0, x + 0.0); }
double Sign(double value) { return value > 0 ? 1.0 : value < 0 ? -1.0 : value; }
// Java: 1 or -1 to the power of infinity or NaN is NaN, C says 1; anything to the power of 0 is 1.
double Power(double base, double exponent) {
  if (std::isnan(exponent) || (std::fabs(base) == 1 && std::isinf(exponent))) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return std::pow(base, exponent);
}

template <typename T>
T RoundFloat(T value, int32_t scale, bool half_even) {
  if (std::isnan(value) || std::isinf(value)) return value;
  const Digits digits = ShortestDigits(static_cast<double>(value));
  // More digits than the number has: nothing to round.
  if (static_cast<int64_t>(digits.exponent) + scale >= static_cast<int64_t>(digits.digits.size())) {
    return value + T{0};  // -0.0 becomes 0.0
  }
  const auto rounded = RoundDigits(digits, scale, half_even);
  if (!rounded) return value;
  const std::string text = fmt::format("{}e{}", static_cast<int64_t>(*rounded), -scale);
  return static_cast<T>(std::strtod(text.c_str(), nullptr));
}

template <typename T, bool kHalfEven>
void Round(const NativeUse& use, NativeRows& rows) {
  if (use.arguments.size() == 1) {
    rows.Map<T, T>([](T value) { return RoundFloat(value, 0, kHalfEven); });
  } else {
    rows.Map<T, T, int32_t>(
        [](T value, int32_t scale) { return RoundFloat(value, scale, kHalfEven); });
  }
}

// round(integer, scale): tens, hundreds, ... where scale is negative.
template <typename T, bool kHalfEven>
void RoundInteger(const NativeUse&, NativeRows& rows) {
  rows.Map<T, T, int32_t>([&](T value, int32_t scale) -> T {
    if (scale >= 0) return value;
    if (scale < -19) return 0;
    Int128 unit = 1;
    for (int i = 0; i < -scale; ++i) unit *= 10;
    const Int128 wide = value;
    const Int128 magnitude = wide < 0 ? -wide : wide;
    const Int128 rest = magnitude % unit;
    const Int128 below = magnitude - rest;
    const bool tie = rest * 2 == unit;
    const bool up = kHalfEven && tie ? (below / unit) % 2 == 1 : rest * 2 >= unit;
    const Int128 rounded = (up ? below + unit : below) * (wide < 0 ? -1 : 1);
    if (rounded > std::numeric_limits<T>::max() || rounded < std::numeric_limits<T>::min()) {
      rows.Fail(kOverflow);
    }
    return static_cast<T>(rounded);
  });
}

template <typename T>
void ShiftLeft(const NativeUse&, NativeRows& rows) {
  rows.Map<T, T, int32_t>([](T value, int32_t by) {
    using Unsigned = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<Unsigned>(value) << (by & (sizeof(T) * 8 - 1)));
  });
}

template <typename T>
void ShiftRight(const NativeUse&, NativeRows& rows) {
  rows.Map<T, T, int32_t>(
      [](T value, int32_t by) { return static_cast<T>(value >> (by & (sizeof(T) * 8 - 1))); });
}

template <typename T>
void ShiftRightUnsigned(const NativeUse&, NativeRows& rows) {
  rows.Map<T, T, int32_t>([](T value, int32_t by) {
    using Unsigned = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<Unsigned>(value) >> (by & (sizeof(T) * 8 - 1)));
  });
}

double Cotangent(double x) { return 1 / std::tan(x); }
double Cosecant(double x) { return 1 / std::sin(x); }
double Secant(double x) { return 1 / std::cos(x); }

struct ByName {
  std::string_view name;
  NativeFunction function;
};
constexpr ByName kDoubles[] = {
    {"divide", Divide},
    {"integral_divide", IntegralDivide},
    {"ceil", ToBigint<std::ceil>},
    {"floor", ToBigint<std::floor>},
    {"sqrt", Unary<std::sqrt>},
    {"expm1", Unary<std::expm1>},
    {"sin", Unary<std::sin>},
    {"cos", Unary<std::cos>},
    {"tan", Unary<std::tan>},
    {"asin", Unary<std::asin>},
    {"acos", Unary<std::acos>},
    {"acosh", Unary<std::acosh>},
    {"asinh", Unary<std::asinh>},
    {"atanh", Unary<std::atanh>},
    {"cot", Unary<Cotangent>},
    {"csc", Unary<Cosecant>},
    {"sec", Unary<Secant>},
    {"rint", Unary<std::rint>},
    {"sign", Unary<Sign>},
    {"hypot", Binary<std::hypot>},
    {"pow", Binary<Power>},
    {"atan2", Binary<Angle>},
    {"ln", Logarithm<std::log, 0>},
    {"log10", Logarithm<std::log10, 0>},
    {"log2", Logarithm<std::log2, 0>},
    {"log1p", Logarithm<std::log1p, -1>},
    {"log", LogarithmOfBase},
};

template <typename T>
NativeFunction NumberKernel(std::string_view name) {
  if (name == "remainder") return Remainder<T>;
  if (name == "pmod") return PositiveModulo<T>;
  if constexpr (std::is_floating_point_v<T>) {
    if (name == "round") return Round<T, false>;
    if (name == "bround") return Round<T, true>;
  } else {
    if (name == "round") return RoundInteger<T, false>;
    if (name == "bround") return RoundInteger<T, true>;
    if (name == "shiftleft") return ShiftLeft<T>;
    if (name == "shiftright") return ShiftRight<T>;
    if (name == "shiftrightunsigned") return ShiftRightUnsigned<T>;
  }
  return nullptr;
}

}  // namespace

NativeFunction FindMathNative(const NativeUse& use) {
  for (const ByName& row : kDoubles) {
    if (row.name == use.kernel) return row.function;
  }
  switch (use.arguments.empty() ? Type::NA : use.arguments[0]->id()) {
    case Type::INT8:
      return NumberKernel<int8_t>(use.kernel);
    case Type::INT16:
      return NumberKernel<int16_t>(use.kernel);
    case Type::INT32:
      return NumberKernel<int32_t>(use.kernel);
    case Type::INT64:
      return NumberKernel<int64_t>(use.kernel);
    case Type::FLOAT:
      return NumberKernel<float>(use.kernel);
    case Type::DOUBLE:
      return NumberKernel<double>(use.kernel);
    default:
      return nullptr;
  }
}

}  // namespace headrace::sql
