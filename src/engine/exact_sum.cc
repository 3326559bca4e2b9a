#include "engine/exact_sum.h"

#include <cmath>
#include <limits>
#include <utility>

namespace headrace::engine {
namespace {

// Numbers above this are summed apart and scaled down, so that no partial overflows: 2^63 numbers
// of up to 2^960 stay below 2^1023.
constexpr double kLarge = 0x1p960;
constexpr double kScale = 0x1p-100;
constexpr int32_t kPartialsMax = 4096;

// Adds `value` to the expansion `partials` of `count` doubles and returns how many it has then (at
// most one more). Exact; zeros are left out.
int GrowExpansion(double value, double* partials, int count) {
  int used = 0;
  double carry = value;
  for (int i = 0; i < count; ++i) {
    double larger = partials[i];
    if (std::fabs(larger) < std::fabs(carry)) std::swap(larger, carry);
    const double sum = larger + carry;
    const double rest = carry - (sum - larger);
    if (rest != 0) partials[used++] = rest;
    carry = sum;
  }
  if (carry != 0) partials[used++] = carry;
  return used;
}

// Rounds an expansion to the nearest double, ties to even.
double Round(const std::vector<double>& partials) {
  if (partials.empty()) return 0;
  size_t at = partials.size() - 1;
  double high = partials[at];
  double low = 0;
  while (at > 0) {
    const double sum = high + partials[at - 1];
    low = partials[at - 1] - (sum - high);
    high = sum;
    --at;
    if (low != 0) break;
  }
  // The rest below `low` decides a tie that the addition rounded to even without knowing of it.
  if (at > 0 && ((low < 0 && partials[at - 1] < 0) || (low > 0 && partials[at - 1] > 0))) {
    const double twice = low * 2;
    const double moved = high + twice;
    if (twice == moved - high) return moved;
  }
  return high;
}

void Grow(double value, std::vector<double>* partials) {
  const int count = static_cast<int>(partials->size());
  partials->push_back(0);
  partials->resize(GrowExpansion(value, partials->data(), count));
}

}  // namespace

void ExactSum::Add(double value, int8_t weight) {
  if (!(std::fabs(value) < kLarge)) {
    AddRare(value, weight);
    return;
  }
  AddFinite(weight < 0 ? -value : value);
}

void ExactSum::AddFinite(double value) {
  if (used_ < kInline && (rare_ == nullptr || rare_->more.empty())) {
    double grown[kInline];
    for (int i = 0; i < used_; ++i) grown[i] = partials_[i];
    used_ = GrowExpansion(value, grown, used_);
    for (int i = 0; i < used_; ++i) partials_[i] = grown[i];
    return;
  }
  std::vector<double> all(partials_, partials_ + used_);
  if (rare_ != nullptr) all.insert(all.end(), rare_->more.begin(), rare_->more.end());
  Grow(value, &all);
  used_ = std::min<int32_t>(kInline, static_cast<int32_t>(all.size()));
  for (int i = 0; i < used_; ++i) partials_[i] = all[i];
  if (rare_ == nullptr && static_cast<int>(all.size()) == used_) return;
  rare().more.assign(all.begin() + used_, all.end());
}

void ExactSum::AddRare(double value, int8_t weight) {
  Rare& rare = this->rare();
  if (std::isnan(value)) {
    rare.nan += weight;
  } else if (std::isinf(value)) {
    (value > 0 ? rare.infinity : rare.negative_infinity) += weight;
  } else {
    Grow((weight < 0 ? -value : value) * kScale, &rare.large);
  }
}

ExactSum::Rare& ExactSum::rare() {
  if (rare_ == nullptr) rare_ = std::make_unique<Rare>();
  return *rare_;
}

double ExactSum::Value() const {
  if (rare_ == nullptr) {
    if (used_ == 0) return 0;
    if (used_ == 1) return partials_[0];
    return Round({partials_, partials_ + used_});
  }
  if (rare_->nan > 0 || (rare_->infinity > 0 && rare_->negative_infinity > 0)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (rare_->infinity > 0) return std::numeric_limits<double>::infinity();
  if (rare_->negative_infinity > 0) return -std::numeric_limits<double>::infinity();
  std::vector<double> all(partials_, partials_ + used_);
  all.insert(all.end(), rare_->more.begin(), rare_->more.end());
  if (rare_->large.empty()) return Round(all);
  std::vector<double> scaled = rare_->large;
  for (const double partial : all) Grow(partial * kScale, &scaled);
  return Round(scaled) / kScale;
}

std::pair<double, double> ExactSum::Split() const {
  const double high = Value();
  if (!std::isfinite(high)) return {high, 0};
  ExactSum rest;
  for (int i = 0; i < used_; ++i) rest.partials_[i] = partials_[i];
  rest.used_ = used_;
  if (rare_ != nullptr) rest.rare_ = std::make_unique<Rare>(*rare_);
  rest.Add(high, -1);
  return {high, rest.Value()};
}

void ExactSum::Save(std::string* out) const {
  static const Rare kNoneRare;
  const Rare& rare = rare_ == nullptr ? kNoneRare : *rare_;
  AppendNumber(static_cast<int32_t>(used_ + rare.more.size()), out);
  for (int i = 0; i < used_; ++i) AppendNumber(partials_[i], out);
  for (const double partial : rare.more) AppendNumber(partial, out);
  AppendNumber(static_cast<uint8_t>(rare_ != nullptr), out);
  if (rare_ == nullptr) return;
  AppendNumber(static_cast<int32_t>(rare.large.size()), out);
  for (const double partial : rare.large) AppendNumber(partial, out);
  AppendNumber(rare.nan, out);
  AppendNumber(rare.infinity, out);
  AppendNumber(rare.negative_infinity, out);
}

Status ExactSum::Load(ByteReader* reader) {
  *this = {};
  int32_t count = 0;
  RETURN_NOT_OK(reader->ReadNumber(&count));
  if (count < 0 || count > kPartialsMax) return Status::Invalid("a saved sum is malformed");
  for (int32_t i = 0; i < count; ++i) {
    double partial = 0;
    RETURN_NOT_OK(reader->ReadNumber(&partial));
    if (i < kInline) {
      partials_[used_++] = partial;
    } else {
      rare().more.push_back(partial);
    }
  }
  uint8_t has_rare = 0;
  RETURN_NOT_OK(reader->ReadNumber(&has_rare));
  if (has_rare == 0) return Status::OK();
  int32_t large = 0;
  RETURN_NOT_OK(reader->ReadNumber(&large));
  if (large < 0 || large > kPartialsMax) return Status::Invalid("a saved sum is malformed");
  rare().large.resize(large);
  for (double& partial : rare().large) RETURN_NOT_OK(reader->ReadNumber(&partial));
  RETURN_NOT_OK(reader->ReadNumber(&rare().nan));
  RETURN_NOT_OK(reader->ReadNumber(&rare().infinity));
  return reader->ReadNumber(&rare().negative_infinity);
}

}  // namespace headrace::engine
