#include "storage/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace headrace::storage {

Status RunParallel(int64_t count, int concurrency, const std::function<Status(int64_t)>& task) {
  std::vector<Status> statuses(count);
  std::atomic<int64_t> next = 0;
  std::atomic<bool> has_failed = false;
  const auto work = [&] {
    for (int64_t i = next++; i < count && !has_failed; i = next++) {
      statuses[i] = task(i);
      if (!statuses[i].ok()) has_failed = true;
    }
  };
  {
    std::vector<std::jthread> threads;
    const int64_t others = std::min<int64_t>(count, concurrency) - 1;
    for (int64_t i = 0; i < others; ++i) threads.emplace_back(work);
    work();
  }
  for (Status& status : statuses) RETURN_NOT_OK(std::move(status));
  return Status::OK();
}

}  // namespace headrace::storage
