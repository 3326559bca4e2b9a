// The services of a table that is being written: compaction, merging of small files, cleaning and
// archival, in one thread beside the one that commits. They never hold a commit up: the thread has
// a low priority, a share of one core and so much memory, and the two meet only in the timeline. A
// service that fails is logged, counted and run again with the next round.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/status.h"
#include "hudi/clean_plan.h"
#include "hudi/service_budget.h"
#include "hudi/service_metrics.h"
#include "hudi/table.h"
#include "metrics/registry.h"

namespace headrace::hudi {

struct ServiceOptions {
  int64_t compact_after = 10;           // log files of a slice
  int64_t freshness_us = 300'000'000;   // how old the read-optimized view may be; 0: no target
  int64_t file_size_bytes = 128 << 20;  // of the files of a table without a key; 0: no target
  Retention retention = {.commits = 30, .age_us = 600'000'000};
  double cpu_share = 0.25;  // of one core
  int64_t memory_bytes = kServiceMemoryBytes;
  int64_t interval_us = 5'000'000;  // between two rounds
};

class TableServices {
 public:
  // Starts the thread. `table` and `registry` must outlive it; the metrics carry the label `sink`.
  TableServices(Table& table, const ServiceOptions& options, metrics::Registry& registry,
                const std::string& sink);

  // Stops at the next border between two files. What was begun is carried on when the table is next
  // opened with services.
  ~TableServices();

  // Says that there is something new. Thread-safe.
  void Committed();

 private:
  void Loop(const std::stop_token& stop);
  void RunAll(const std::stop_token& stop);
  template <typename Service>
  void Run(const char* name, const std::stop_token& stop, Service service);
  void Measure();

  Table& table_;
  const ServiceOptions options_;
  const std::string sink_;
  ServiceMetrics metrics_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool has_news_ = true;  // what an earlier run left
  std::jthread thread_;   // last: it uses all of the above
};

}  // namespace headrace::hudi
