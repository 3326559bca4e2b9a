// The metrics of one run, in Prometheus's terms. Names begin with headrace_ and end with their unit
// (_total, _seconds, _bytes); labels are few and bounded: source, topic, partition, view, operator,
// sink. docs/METRICS.md lists them; scripts/check_metrics keeps it true.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace headrace::metrics {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  void Add(double value = 1);
  double value() const;

 private:
  friend class Registry;
  prometheus::Counter* counter_ = nullptr;
};

class Gauge {
 public:
  void Set(double value);
  double value() const;

 private:
  friend class Registry;
  prometheus::Gauge* gauge_ = nullptr;
};

// Buckets from 100 us to 100 s, three a decade.
class Histogram {
 public:
  void Observe(double seconds);

 private:
  friend class Registry;
  prometheus::Histogram* histogram_ = nullptr;
};

// Thread-safe, and so is everything it hands out. What it hands out is valid as long as the
// registry is; the same name and labels give the same metric. A metric's help is the one given
// first.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram histogram(const std::string& name, const std::string& help, const Labels& labels = {});

  // The sum of a counter over all its labels; 0 where there is none. For the report.
  double Sum(const std::string& name) const;

  // Calls `update` before each Text(), for what moves on its own between the events that set it,
  // until the handle that it returns has gone. `update` must not use the registry's Text() or
  // handles.
  [[nodiscard]] std::shared_ptr<void> BeforeText(std::function<void()> update);

  // All metrics in the Prometheus text format.
  std::string Text() const;

 private:
  std::unique_ptr<prometheus::Registry> registry_;
  mutable std::mutex mutex_;  // guards what follows; held while they are called
  std::map<int, std::function<void()>> updates_;
  int next_update_ = 0;
};

}  // namespace headrace::metrics
