// Variance, standard deviation, covariance, correlation and regression, from exact sums of the
// values and of their products (exact_sum.h): they don't depend on the order of rows, and what was
// taken away leaves nothing behind.
#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/builder.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "engine/accumulator.h"
#include "engine/exact_sum.h"

namespace headrace::engine {
namespace {

// Adds a * b without rounding error.
void AddProduct(double a, double b, int8_t weight, ExactSum* sum) {
  const double product = a * b;
  sum->Add(product, weight);
  if (!std::isfinite(product)) return;
  const double rest = std::fma(a, b, -product);
  if (rest != 0) sum->Add(rest, weight);
}

// n * sum(ab) - sum(a) * sum(b), which is n * n times their covariance: the difference is taken
// before anything is rounded to a double.
double Spread(double n, const ExactSum& products, const ExactSum& a, const ExactSum& b) {
  const auto [product, product_rest] = products.Split();
  const auto [a_high, a_low] = a.Split();
  const auto [b_high, b_low] = b.Split();
  ExactSum spread;
  AddProduct(n, product, 1, &spread);
  AddProduct(n, product_rest, 1, &spread);
  AddProduct(-a_high, b_high, 1, &spread);
  AddProduct(-a_high, b_low, 1, &spread);
  AddProduct(-a_low, b_high, 1, &spread);
  AddProduct(-a_low, b_low, 1, &spread);
  return spread.Value();
}

// What is kept of a group. Of single values only x is there.
struct Moments {
  int64_t count = 0;
  ExactSum x, xx;
};
struct PairMoments : Moments {
  ExactSum y, yy, xy;
};

std::optional<double> Ratio(double numerator, double denominator) {
  if (denominator == 0) return std::nullopt;
  return numerator / denominator;
}

std::optional<double> ResultOf(const std::string& function, const Moments& of) {
  const auto n = static_cast<double>(of.count);
  if (of.count == 0) return std::nullopt;
  const bool sample = function.ends_with("_samp");
  if (sample && of.count == 1) return std::nullopt;
  const double spread = Spread(n, of.xx, of.x, of.x);
  const double variance = (spread < 0 ? 0 : spread) / n / (sample ? n - 1 : n);
  return function.starts_with("stddev") ? std::sqrt(variance) : variance;
}

std::optional<double> ResultOf(const std::string& function, const PairMoments& of) {
  const auto n = static_cast<double>(of.count);
  if (of.count == 0) return std::nullopt;
  if (function == "regr_avgx") return of.x.Value() / n;
  if (function == "regr_avgy") return of.y.Value() / n;
  if (function == "regr_sxx") return Spread(n, of.xx, of.x, of.x) / n;
  if (function == "regr_syy") return Spread(n, of.yy, of.y, of.y) / n;
  const double covariance = Spread(n, of.xy, of.x, of.y);
  if (function == "regr_sxy") return covariance / n;
  if (function == "covar_pop") return covariance / n / n;
  if (function == "covar_samp") return of.count == 1 ? std::nullopt : Ratio(covariance / n, n - 1);
  const double xx = Spread(n, of.xx, of.x, of.x);
  if (function == "regr_slope") return Ratio(covariance, xx);
  if (function == "regr_intercept") {
    const auto slope = Ratio(covariance, xx);
    if (!slope) return std::nullopt;
    return of.y.Value() / n - *slope * (of.x.Value() / n);
  }
  const double yy = Spread(n, of.yy, of.y, of.y);
  if (function == "regr_r2") {
    if (xx == 0) return std::nullopt;
    return yy == 0 ? 1.0 : covariance * covariance / (xx * yy);
  }
  const auto correlation = Ratio(covariance, std::sqrt(xx * yy));
  if (!correlation) return std::nullopt;
  return std::clamp(*correlation, -1.0, 1.0);
}

void Add(const arrow::Array& values, int64_t row, int8_t weight, Moments* to) {
  const double x = static_cast<const arrow::DoubleArray&>(values).Value(row);
  to->count += weight;
  to->x.Add(x, weight);
  AddProduct(x, x, weight, &to->xx);
}

void Add(const arrow::Array& pairs, int64_t row, int8_t weight, PairMoments* to) {
  const auto& fields = static_cast<const arrow::StructArray&>(pairs);
  const double y = static_cast<const arrow::DoubleArray&>(*fields.field(0)).Value(row);
  const double x = static_cast<const arrow::DoubleArray&>(*fields.field(1)).Value(row);
  Add(*fields.field(1), row, weight, static_cast<Moments*>(to));
  to->y.Add(y, weight);
  AddProduct(y, y, weight, &to->yy);
  AddProduct(x, y, weight, &to->xy);
}

template <typename Visit>
void VisitSums(Moments& of, Visit visit) {
  visit(of.x);
  visit(of.xx);
}
template <typename Visit>
void VisitSums(PairMoments& of, Visit visit) {
  VisitSums(static_cast<Moments&>(of), visit);
  visit(of.y);
  visit(of.yy);
  visit(of.xy);
}

template <typename Slot>
class MomentsAccumulator : public Accumulator {
 public:
  explicit MomentsAccumulator(std::string function) : function_(std::move(function)) {}

  void Resize(uint32_t groups) override { slots_.resize(groups); }
  void Clear(uint32_t group) override { slots_[group] = Slot(); }

  Status Update(const arrow::Array* argument, const uint32_t* groups, const int8_t* weights,
                int64_t rows) override {
    VisitRows(argument, groups, weights, rows, [&](int64_t row, uint32_t group, int8_t weight) {
      Add(*argument, row, weight, &slots_[group]);
    });
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Values(const std::vector<uint32_t>& groups) override {
    if (function_ == "regr_count") return Counts(groups);
    arrow::DoubleBuilder builder;
    for (const uint32_t group : groups) {
      const std::optional<double> result = ResultOf(function_, slots_[group]);
      RETURN_NOT_OK(result ? builder.Append(*result) : builder.AppendNull());
    }
    return builder.Finish();
  }

  void Save(uint32_t group, std::string* out) const override {
    AppendNumber(slots_[group].count, out);
    VisitSums(const_cast<Slot&>(slots_[group]), [&](ExactSum& sum) { sum.Save(out); });
  }
  Status Load(uint32_t group, ByteReader* reader) override {
    RETURN_NOT_OK(reader->ReadNumber(&slots_[group].count));
    Status status;
    VisitSums(slots_[group], [&](ExactSum& sum) {
      if (status.ok()) status = sum.Load(reader);
    });
    return status;
  }
  int64_t memory_bytes() const override {
    return static_cast<int64_t>(slots_.capacity() * sizeof(Slot));
  }

 private:
  Result<std::shared_ptr<arrow::Array>> Counts(const std::vector<uint32_t>& groups) const {
    arrow::Int64Builder builder;
    for (const uint32_t group : groups) RETURN_NOT_OK(builder.Append(slots_[group].count));
    return builder.Finish();
  }

  const std::string function_;
  std::vector<Slot> slots_;
};

}  // namespace

std::unique_ptr<Accumulator> MakeMoments(const std::string& function, bool pairs) {
  if (pairs) return std::make_unique<MomentsAccumulator<PairMoments>>(function);
  return std::make_unique<MomentsAccumulator<Moments>>(function);
}

}  // namespace headrace::engine
