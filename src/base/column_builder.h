// A ColumnBuilder builds one Arrow array of any type that sql knows, value by value, and can take
// values back: where the fourth column of a row turns out to be malformed, the three before it are
// truncated. (Arrow's own builders only grow.) Whatever decodes records builds by it.
//
// A value of a struct is appended to each child first, then AppendStruct(); the elements of a list
// or the entries of a map to child(0) first, then AppendList(). What was appended to children
// without that is dropped by Truncate(). Not thread-safe.
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/buffer_builder.h>
#include <arrow/type.h>

#include <cassert>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace headrace {

class ColumnBuilder {
 public:
  // bool, int8 to int64, float, double, decimal128, utf8, binary, date32, timestamp, struct, list,
  // map, null; others are a bug of the caller.
  explicit ColumnBuilder(std::shared_ptr<arrow::DataType> type);

  const std::shared_ptr<arrow::DataType>& type() const { return type_; }
  arrow::Type::type id() const { return id_; }
  int64_t length() const { return valid_.length(); }

  // The bytes of a value that `type` keeps in place: its width. A bool is one byte, 0 or 1.
  template <typename T>
  Status AppendFixed(T value) {
    assert(static_cast<int>(sizeof(T)) == width_);
    RETURN_NOT_OK(Push(&values_, value));
    return AppendValid(1);
  }

  // Text or binary. CapacityError where all values together exceed 2 GiB.
  Status AppendBytes(std::string_view bytes) {
    if (!bytes.empty()) RETURN_NOT_OK(values_.Append(bytes));
    return AppendOffset(values_.length());
  }

  Status AppendStruct() { return AppendValid(1); }
  Status AppendList() { return AppendOffset(children_[0].length()); }
  Status AppendNull();

  bool IsNull(int64_t index) const { return valid_.data()[index] == 0; }

  // Makes room for `count` more values, not counting the bytes of text and the elements of lists.
  Status Reserve(int64_t count);

  // A value of text or binary; valid until the next change.
  std::string_view BytesAt(int64_t index) const {
    const int32_t begin = OffsetAt(index);
    return {reinterpret_cast<const char*>(values_.data()) + begin,
            static_cast<size_t>(OffsetAt(index + 1) - begin)};
  }

  int children() const { return static_cast<int>(children_.size()); }
  ColumnBuilder& child(int index) { return children_[index]; }

  // The elements appended to child(0) since the last AppendList().
  int64_t open_elements() const { return children_[0].length() - LastOffset(); }

  // Takes back everything after the first `length` values.
  void Truncate(int64_t length);

  // Returns the array and starts anew.
  Result<std::shared_ptr<arrow::Array>> Finish();

 private:
  // Appends a value of fixed size; the compiler makes a store of it, which it doesn't of Append().
  template <typename T>
  static Status Push(arrow::BufferBuilder* buffer, T value) {
    if (buffer->capacity() - buffer->length() < static_cast<int64_t>(sizeof(T))) [[unlikely]] {
      RETURN_NOT_OK(buffer->Reserve(sizeof(T)));
    }
    buffer->UnsafeAppend(&value, sizeof(T));
    return Status::OK();
  }

  Status AppendZeros();
  Status AppendValid(uint8_t valid) { return Push(&valid_, valid); }
  Status AppendOffset(int64_t end) {
    if (end > INT32_MAX) return TooLarge();
    RETURN_NOT_OK(Push(&offsets_, static_cast<int32_t>(end)));
    return AppendValid(1);
  }
  static Status TooLarge();
  int32_t OffsetAt(int64_t index) const;  // where value `index` begins
  int32_t LastOffset() const { return OffsetAt(length()); }
  bool has_offsets() const { return width_ < 0; }
  Result<std::shared_ptr<arrow::ArrayData>> FinishData();

  std::shared_ptr<arrow::DataType> type_;
  arrow::Type::type id_;
  int width_ = 0;                 // bytes of a value in values_; 0: none; -1: it has offsets
  arrow::BufferBuilder valid_;    // a byte a value, 1 where it is there
  arrow::BufferBuilder offsets_;  // where each value ends, int32
  arrow::BufferBuilder values_;
  std::vector<ColumnBuilder> children_;
};

// One builder a column of `schema`.
std::vector<ColumnBuilder> MakeColumnBuilders(const arrow::Schema& schema);

// Returns what `columns`, which are those of `schema`, hold: `rows` rows. They start anew.
Result<std::shared_ptr<arrow::RecordBatch>> FinishBatch(std::shared_ptr<arrow::Schema> schema,
                                                        int64_t rows,
                                                        std::vector<ColumnBuilder>* columns);

}  // namespace headrace
