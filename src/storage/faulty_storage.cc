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

class FaultyStorage::Writer : public ObjectWriter {
 public:
  Writer(FaultyStorage& storage, std::unique_ptr<ObjectWriter> writer)
      : storage_(storage), writer_(std::move(writer)) {}

  Status Append(std::string_view data) override {
    RETURN_NOT_OK(storage_.CheckAlive());
    return writer_->Append(data);
  }

  Status Finish() override {
    return storage_.Write([&] { return writer_->Finish(); });
  }

 private:
  FaultyStorage& storage_;
  const std::unique_ptr<ObjectWriter> writer_;
};

Result<std::unique_ptr<ObjectWriter>> FaultyStorage::Create(const std::string& name) {
  RETURN_NOT_OK(CheckAlive());
  ASSIGN_OR_RAISE(auto writer, storage_->Create(name));
  return std::make_unique<Writer>(*this, std::move(writer));
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
