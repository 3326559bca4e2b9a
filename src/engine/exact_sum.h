// A sum of doubles without rounding error: what it is does not depend on the order of the numbers,
// and what was added and taken away leaves nothing behind. Kept as a few doubles whose exact sum it
// is (Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric
// Predicates", 1997); rounded once, when it is read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "engine/bytes.h"

namespace headrace::engine {

class ExactSum {
 public:
  // Adds `value`, or takes it away where `weight` is -1. Infinities and NaN are counted apart.
  void Add(double value, int8_t weight = 1);

  // The sum, correctly rounded: NaN where a NaN or both infinities are in it.
  double Value() const;

  // The sum to twice the digits of a double: the rounded sum, and the rounded rest.
  std::pair<double, double> Split() const;

  void Save(std::string* out) const;
  Status Load(ByteReader* reader);

 private:
  static constexpr int kInline = 3;

  // What few sums need.
  struct Rare {
    std::vector<double> more;   // partials beyond the first kInline
    std::vector<double> large;  // partials of the numbers above kLarge, scaled down
    int64_t nan = 0;
    int64_t infinity = 0;
    int64_t negative_infinity = 0;
  };

  void AddRare(double value, int8_t weight);
  void AddFinite(double value);
  Rare& rare();

  double partials_[kInline] = {};  // of rising magnitude, not overlapping
  int32_t used_ = 0;
  std::unique_ptr<Rare> rare_;
};

}  // namespace headrace::engine
