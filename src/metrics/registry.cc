#include "metrics/registry.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <utility>
#include <vector>

namespace headrace::metrics {
namespace {

const std::vector<double>& Buckets() {
  static const std::vector<double> buckets = [] {
    std::vector<double> bounds;
    for (double decade = 1e-4; decade < 99; decade *= 10) {
      for (const double step : {1.0, 2.0, 5.0}) bounds.push_back(decade * step);
    }
    bounds.push_back(100);
    return bounds;
  }();
  return buckets;
}

}  // namespace

void Counter::Add(double value) { counter_->Increment(value); }
double Counter::value() const { return counter_->Value(); }
void Gauge::Set(double value) { gauge_->Set(value); }
double Gauge::value() const { return gauge_->Value(); }
void Histogram::Observe(double seconds) { histogram_->Observe(seconds); }

Registry::Registry()
    : registry_(
          std::make_unique<prometheus::Registry>(prometheus::Registry::InsertBehavior::Merge)) {}
Registry::~Registry() = default;

Counter Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
  Counter made;
  made.counter_ =
      &prometheus::BuildCounter().Name(name).Help(help).Register(*registry_).Add(labels);
  return made;
}

Gauge Registry::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  Gauge made;
  made.gauge_ = &prometheus::BuildGauge().Name(name).Help(help).Register(*registry_).Add(labels);
  return made;
}

Histogram Registry::histogram(const std::string& name, const std::string& help,
                              const Labels& labels) {
  Histogram made;
  made.histogram_ = &prometheus::BuildHistogram()
                         .Name(name)
                         .Help(help)
                         .Register(*registry_)
                         .Add(labels, Buckets());
  return made;
}

double Registry::Sum(const std::string& name) const {
  double sum = 0;
  for (const auto& family : registry_->Collect()) {
    if (family.name != name) continue;
    for (const auto& metric : family.metric) sum += metric.counter.value;
  }
  return sum;
}

std::shared_ptr<void> Registry::BeforeText(std::function<void()> update) {
  const std::lock_guard lock(mutex_);
  const int id = next_update_++;
  updates_[id] = std::move(update);
  return {this, [this, id](void*) {
            const std::lock_guard lock(mutex_);
            updates_.erase(id);
          }};
}

std::string Registry::Text() const {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, update] : updates_) update();
  }
  return prometheus::TextSerializer().Serialize(registry_->Collect());
}

}  // namespace headrace::metrics
