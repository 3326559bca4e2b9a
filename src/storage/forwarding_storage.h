// A Storage for tests that passes everything on to another one: what derives from it changes some
// of it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/storage.h"

namespace headrace::storage {

class ForwardingStorage : public Storage {
 public:
  explicit ForwardingStorage(std::shared_ptr<Storage> storage) : storage_(std::move(storage)) {}

  Status Put(const std::string& name, std::string_view data) override {
    return storage_->Put(name, data);
  }
  Status PutIfAbsent(const std::string& name, std::string_view data) override {
    return storage_->PutIfAbsent(name, data);
  }
  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& name) override {
    return storage_->Create(name);
  }
  Result<std::string> Get(const std::string& name) override { return storage_->Get(name); }
  Result<std::string> GetRange(const std::string& name, int64_t offset, int64_t length) override {
    return storage_->GetRange(name, offset, length);
  }
  Result<std::vector<ObjectInfo>> List(const std::string& prefix) override {
    return storage_->List(prefix);
  }
  Status Delete(const std::string& name) override { return storage_->Delete(name); }
  const std::string& root() const override { return storage_->root(); }

 private:
  const std::shared_ptr<Storage> storage_;
};

}  // namespace headrace::storage
