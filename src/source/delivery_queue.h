// A DeliveryQueue holds the requests of a webhook that wait for the log: handlers put them in and
// wait for the answer, the source takes all that wait at once.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <mutex>
#include <string>
#include <vector>

namespace headrace::source {

// What a sender is told.
struct DeliveryAnswer {
  int status = 202;
  std::string error = {};  // empty: the records are kept
  int64_t records = 0;
  bool repeated = false;  // they were kept before
};

struct Delivery {
  std::string id;  // empty: none
  std::string body;
  std::promise<DeliveryAnswer> answer;
};

// Thread-safe.
class DeliveryQueue {
 public:
  explicit DeliveryQueue(int64_t bytes_max) : bytes_max_(bytes_max) {}

  // Reserves room for a body before it is read; false where there is none.
  bool Reserve(int64_t bytes);
  // Gives room back, once the request is answered.
  void Release(int64_t bytes);

  // Returns the answer, once there is one. After Close() that is status 503.
  DeliveryAnswer Deliver(std::string id, std::string body);

  // Takes all that wait; waits for the first up to `timeout`.
  std::vector<Delivery> Take(std::chrono::milliseconds timeout);

  // Takes no more requests.
  void Close();

 private:
  const int64_t bytes_max_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Delivery> waiting_;
  int64_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace headrace::source
