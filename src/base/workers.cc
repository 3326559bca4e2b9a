#include "base/workers.h"

#include <arrow/util/thread_pool.h>

namespace headrace {

Workers::Workers(int threads) {
  if (threads > 1) pool_ = arrow::internal::ThreadPool::Make(threads).ValueOr(nullptr);
}

Workers::~Workers() {
  if (pool_ != nullptr) (void)pool_->Shutdown(/*wait=*/false);
}

// Where the machine gives no thread, the one that starts the task runs it.
void Workers::Spawn(const std::function<void()>& task) {
  if (!pool_->Spawn(task).ok()) task();
}

}  // namespace headrace
