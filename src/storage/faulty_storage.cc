#include "storage/faulty_storage.h"

namespace headrace::storage {

template <typename Operation>
Status FaultyStorage::Write(Operation operation) {
  const int64_t number = done_++;
  if (number < operations_) return operation();
  if (number == operations_ && mode_ == FaultMode::kDoneButNotHeard) (void)operation();
  return Status::IOError("injected fault at operation ", operations_);
}

Status FaultyStorage::CheckAlive() const {
  if (failed()) return Status::IOError("injected fault: the storage is gone");
  return Status::OK();
}

Status FaultyStorage::Put(const std::string& name, std::string_view data) {
  return Write([&] { return storage_->Put(name, data); });
}

Status FaultyStorage::PutIfAbsent(const std::string& name, std::string_view data) {
  return Write([&] { return storage_->PutIfAbsent(name, data); });
}

Status FaultyStorage::Delete(const std::string& name) {
  return Write([&] { return storage_->Delete(name); });
}

Result<std::string> FaultyStorage::Get(const std::string& name) {
  RETURN_NOT_OK(CheckAlive());
  return storage_->Get(name);
}

Result<std::string> FaultyStorage::GetRange(const std::string& name, int64_t offset,
                                            int64_t length) {
  RETURN_NOT_OK(CheckAlive());
  return storage_->GetRange(name, offset, length);
}

Result<std::vector<ObjectInfo>> FaultyStorage::List(const std::string& prefix) {
  RETURN_NOT_OK(CheckAlive());
  return storage_->List(prefix);
}

}  // namespace headrace::storage
