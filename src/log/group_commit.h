// A GroupCommit makes few large writes of many small ones: writers that come while a write is under
// way wait, and the next write takes all of them at once. So the cost of a sync, or of a
// transaction, is shared by whoever appends at the same time, to whatever topic.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include "base/status.h"

namespace headrace::log {

// What a Write has: `size_t bytes() const`, and for the answer `Status status` and `bool done`.
//
// Thread-safe.
template <class Write>
class GroupCommit {
 public:
  using Group = std::deque<Write*>;

  // `write_group` writes a group as a whole or not at all; one call at a time.
  explicit GroupCommit(std::function<Status(const Group&)> write_group)
      : write_group_(std::move(write_group)) {}

  // Waits until the write is done, and returns its status, which is that of its group.
  Status Commit(Write* write) {
    std::unique_lock lock(mutex_);
    waiting_.push_back(write);
    changed_.wait(lock, [&] { return write->done || (!leading_ && waiting_.front() == write); });
    if (write->done) return write->status;
    const Group group = TakeGroup();
    leading_ = true;
    lock.unlock();
    const Status status = write_group_(group);
    lock.lock();
    leading_ = false;
    for (Write* member : group) {
      member->status = status;
      member->done = true;
    }
    // Under the lock: a member is gone from the stack of its thread as soon as that sees `done`.
    changed_.notify_all();
    return status;
  }

 private:
  // Keeps the latency of one group, and the memory of its batch, within bounds.
  static constexpr size_t kGroupBytesMax = 16 << 20;

  Group TakeGroup() {
    Group group;
    size_t bytes = 0;
    while (!waiting_.empty() &&
           (group.empty() || bytes + waiting_.front()->bytes() <= kGroupBytesMax)) {
      bytes += waiting_.front()->bytes();
      group.push_back(waiting_.front());
      waiting_.pop_front();
    }
    return group;
  }

  const std::function<Status(const Group&)> write_group_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Group waiting_;         // One at most for each thread that writes.
  bool leading_ = false;  // Somebody is writing a group.
};

}  // namespace headrace::log
