// Workers run tasks beside the thread that starts them.
//
//   std::future<int> count = workers.Start([&] { return Count(); });
//   ...
//   Use(count.get());
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <utility>

namespace arrow::internal {
class ThreadPool;
}

namespace headrace {

// Thread-safe. Destroyed, it waits for the tasks that run, and forgets those that wait. A task must
// not wait for another one.
class Workers {
 public:
  // With one thread nothing runs beside anything: a task runs when its result is asked for.
  explicit Workers(int threads);
  ~Workers();

  template <typename Task>
  auto Start(Task task) -> std::future<decltype(task())> {
    if (pool_ == nullptr) return std::async(std::launch::deferred, std::move(task));
    const auto packaged = std::make_shared<std::packaged_task<decltype(task())()>>(std::move(task));
    auto result = packaged->get_future();
    Spawn([packaged] { (*packaged)(); });
    return result;
  }

  bool beside() const { return pool_ != nullptr; }

 private:
  void Spawn(const std::function<void()>& task);

  std::shared_ptr<arrow::internal::ThreadPool> pool_;  // null: one thread
};

}  // namespace headrace
