// An object as Arrow's readers see a file: any range of it, fetched when it is asked for.
#pragma once

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "storage/storage.h"

namespace headrace::storage {

// Each read is a GetRange, unless Fetch has brought its bytes already. Used by one thread at a
// time; the storage must outlive it.
class ObjectFile : public arrow::io::RandomAccessFile {
 public:
  ObjectFile(Storage& storage, std::string name, int64_t size)
      : storage_(storage), name_(std::move(name)), size_(size) {
    set_mode(arrow::io::FileMode::READ);
  }

  // Brings ranges that are read next; what an earlier call brought is let go. Ranges with less than
  // 64 KiB between them are brought by one request of at most 16 MiB: a request to a store costs
  // about as much time as those bytes do.
  Status Fetch(std::vector<arrow::io::ReadRange> ranges);

  Status Close() override;
  bool closed() const override { return is_closed_; }
  Result<int64_t> Tell() const override { return position_; }
  Status Seek(int64_t position) override;
  Result<int64_t> GetSize() override { return size_; }
  Result<int64_t> Read(int64_t length, void* out) override;
  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t length) override;
  Result<int64_t> ReadAt(int64_t position, int64_t length, void* out) override;
  Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t length) override;

 private:
  Storage& storage_;
  const std::string name_;
  const int64_t size_;
  int64_t position_ = 0;
  bool is_closed_ = false;
  std::map<int64_t, std::shared_ptr<arrow::Buffer>> fetched_;  // by where they begin
};

}  // namespace headrace::storage
