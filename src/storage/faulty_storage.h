// A Storage for tests that dies at a chosen operation, as a machine or a network does.
#pragma once

#include <atomic>
#include <memory>

#include "storage/storage.h"

namespace headrace::storage {

// What becomes of the operation at which the fault strikes.
enum class FaultMode {
  kNotDone,          // it has no effect
  kDoneButNotHeard,  // it takes effect, its answer is lost
};

// Passes operations on to another storage until `operations` of them are done; the next one meets
// the fault and fails, and so does every later one: what a process sees that is cut off. Counts
// writing operations (Put, PutIfAbsent, a writer's Finish, Delete) only: reading changes nothing,
// but fails after the fault as well. Thread-safe.
class FaultyStorage : public Storage {
 public:
  FaultyStorage(std::shared_ptr<Storage> storage, int64_t operations, FaultMode mode)
      : storage_(std::move(storage)), operations_(operations), mode_(mode) {}

  Status Put(const std::string& name, std::string_view data) override;
  Status PutIfAbsent(const std::string& name, std::string_view data) override;
  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& name) override;
  Result<std::string> Get(const std::string& name) override;
  Result<std::string> GetRange(const std::string& name, int64_t offset, int64_t length) override;
  Result<std::vector<ObjectInfo>> List(const std::string& prefix) override;
  Status Delete(const std::string& name) override;
  const std::string& root() const override { return storage_->root(); }

  // Whether the fault has struck.
  bool failed() const { return done_ > operations_; }
  // Writing operations met so far, the failed ones too.
  int64_t operations_met() const { return done_; }

 private:
  class Writer;

  template <typename Operation>
  Status Write(Operation operation);
  Status CheckAlive() const;

  const std::shared_ptr<Storage> storage_;
  const int64_t operations_;
  const FaultMode mode_;
  std::atomic<int64_t> done_{0};
};

}  // namespace headrace::storage
