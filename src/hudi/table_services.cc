#include "hudi/table_services.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>

#include "base/logging.h"
#include "hudi/archive.h"
#include "hudi/clean.h"
#include "hudi/cluster.h"
#include "hudi/compaction.h"

namespace headrace::hudi {
namespace {

constexpr int kNice = 10;
// A slice is compacted when its log files have so many times the bytes of its base file.
constexpr double kLogBytesRatio = 1;
// More commits than retained stay active, so that archiving does many at once.
constexpr int64_t kCommitsBeforeArchive = 20;

// What a service did.
struct Work {
  int64_t files = 0;
  int64_t bytes = 0;
};

}  // namespace

TableServices::TableServices(Table& table, const ServiceOptions& options,
                             metrics::Registry& registry, const std::string& sink)
    : table_(table),
      options_(options),
      sink_(sink),
      metrics_(registry, sink),
      thread_([this](const std::stop_token& stop) { Loop(stop); }) {}

TableServices::~TableServices() = default;

void TableServices::Committed() {
  const std::lock_guard lock(mutex_);
  has_news_ = true;  // seen with the next round
}

void TableServices::Loop(const std::stop_token& stop) {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNice);
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, std::chrono::microseconds(options_.interval_us),
                      [] { return false; });
    if (stop.stop_requested()) return;
    const bool has_news = std::exchange(has_news_, false);
    lock.unlock();
    if (has_news) RunAll(stop);
  }
}

template <typename Service>
void TableServices::Run(const char* name, const std::stop_token& stop, Service service) {
  if (stop.stop_requested()) return;
  const int64_t started_us = MonotonicMicros();
  const Result<Work> work = service(ServiceBudget(options_.cpu_share, stop, options_.memory_bytes));
  if (work.ok()) {
    if (work->files == 0) return;
    metrics_.Ran(name, static_cast<double>(MonotonicMicros() - started_us) / 1e6, work->files,
                 work->bytes);
  } else if (!stop.stop_requested()) {
    LogWarning("hudi", "{}: the table service '{}' failed and will be run again: {}", sink_, name,
               work.status().message());
    metrics_.Failed(name);
    Committed();  // tries again with the next round
    return;
  }
  Committed();  // what one service did may be work for the next
}

void TableServices::RunAll(const std::stop_token& stop) {
  Run("compaction", stop, [&](ServiceBudget budget) -> Result<Work> {
    // Half of the target is left for what the compaction itself takes.
    ASSIGN_OR_RAISE(const auto result, Compact(table_, {.log_files_min = options_.compact_after,
                                                        .log_bytes_ratio = kLogBytesRatio,
                                                        .log_age_us = options_.freshness_us / 2,
                                                        .budget = std::move(budget)}));
    return Work{result.slices, result.bytes_written};
  });
  if (table_.config().key.empty() && options_.file_size_bytes > 0) {
    Run("clustering", stop, [&](ServiceBudget budget) -> Result<Work> {
      ASSIGN_OR_RAISE(const auto result,
                      MergeSmallFiles(table_, {.file_size_bytes = options_.file_size_bytes,
                                               .budget = std::move(budget)}));
      return Work{result.files_written, result.bytes_written};
    });
  }
  Run("clean", stop, [&](ServiceBudget budget) -> Result<Work> {
    ASSIGN_OR_RAISE(const auto result,
                    Clean(table_, {.retention = options_.retention, .budget = std::move(budget)}));
    return Work{result.files, 0};
  });
  Run("archive", stop, [&](ServiceBudget budget) -> Result<Work> {
    ArchiveOptions options;
    options.commits_min = options_.retention.commits + 1;
    options.commits_max = options.commits_min + kCommitsBeforeArchive;
    options.retention = options_.retention;
    options.budget = std::move(budget);
    ASSIGN_OR_RAISE(const auto result, Archive(table_, options));
    return Work{result.instants, 0};
  });
  Measure();
}

void TableServices::Measure() {
  const auto slices = table_.FileSlices();
  if (!slices.ok()) {
    LogWarning("hudi", "{}: the table's files cannot be listed: {}", sink_,
               slices.status().message());
    return;
  }
  const TableDistance distance = MeasureDistance(*slices, table_, options_.file_size_bytes);
  if (distance.log_bytes > 0) Committed();  // it gets older without another commit
  metrics_.Set(distance);
}

}  // namespace headrace::hudi
