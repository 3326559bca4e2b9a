// An object as Arrow's writers see a file.
#pragma once

#include <arrow/io/interfaces.h>

#include <memory>
#include <string_view>

#include "base/status.h"
#include "storage/storage.h"

namespace headrace::storage {

// Appends to an object and counts the bytes. Closing it doesn't finish the object. Used by one
// thread; the writer must outlive it.
class ObjectStream : public arrow::io::OutputStream {
 public:
  explicit ObjectStream(ObjectWriter& writer) : writer_(writer) {
    set_mode(arrow::io::FileMode::WRITE);
  }

  using arrow::io::OutputStream::Write;
  Status Write(const void* data, int64_t bytes) override {
    position_ += bytes;
    return writer_.Append({static_cast<const char*>(data), static_cast<size_t>(bytes)});
  }
  Status Close() override {
    is_closed_ = true;
    return Status::OK();
  }
  bool closed() const override { return is_closed_; }
  Result<int64_t> Tell() const override { return position_; }

 private:
  ObjectWriter& writer_;
  int64_t position_ = 0;
  bool is_closed_ = false;
};

}  // namespace headrace::storage
