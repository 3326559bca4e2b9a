#include "source/delivery_queue.h"

#include <utility>

namespace headrace::source {

bool DeliveryQueue::Reserve(int64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (bytes_ + bytes > bytes_max_) return false;
  bytes_ += bytes;
  return true;
}

void DeliveryQueue::Release(int64_t bytes) {
  const std::lock_guard lock(mutex_);
  bytes_ -= bytes;
}

DeliveryAnswer DeliveryQueue::Deliver(std::string id, std::string body) {
  std::future<DeliveryAnswer> answer;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return {.status = 503, .error = "the pipeline is ending; send it again later"};
    waiting_.push_back({std::move(id), std::move(body), {}});
    answer = waiting_.back().answer.get_future();
  }
  arrived_.notify_one();
  return answer.get();
}

std::vector<Delivery> DeliveryQueue::Take(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  arrived_.wait_for(lock, timeout, [&] { return !waiting_.empty(); });
  return std::exchange(waiting_, {});
}

void DeliveryQueue::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

}  // namespace headrace::source
