#include "hudi/parallel_reader.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace headrace::hudi {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

constexpr size_t kBatchesPerThread = 2;

class SerialReader : public arrow::RecordBatchReader {
 public:
  SerialReader(std::shared_ptr<arrow::Schema> schema, size_t parts, OpenPart open)
      : schema_(std::move(schema)), parts_(parts), open_(std::move(open)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(BatchPtr* batch) override {
    for (*batch = nullptr; *batch == nullptr;) {
      if (part_ == nullptr) {
        if (next_part_ == parts_) return Status::OK();
        ASSIGN_OR_RAISE(part_, open_(next_part_++));
      }
      RETURN_NOT_OK(part_->ReadNext(batch));
      if (*batch == nullptr) part_ = nullptr;
    }
    return Status::OK();
  }

 private:
  const std::shared_ptr<arrow::Schema> schema_;
  const size_t parts_;
  const OpenPart open_;
  size_t next_part_ = 0;
  std::shared_ptr<arrow::RecordBatchReader> part_;
};

class ParallelReader : public arrow::RecordBatchReader {
 public:
  ParallelReader(std::shared_ptr<arrow::Schema> schema, size_t parts, OpenPart open, size_t threads)
      : schema_(std::move(schema)),
        parts_(parts),
        open_(std::move(open)),
        running_(threads),
        batches_max_(kBatchesPerThread * threads) {
    for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
  }

  ~ParallelReader() override {
    {
      const std::lock_guard lock(mutex_);
      is_stopped_ = true;
    }
    has_room_.notify_all();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(BatchPtr* batch) override {
    std::unique_lock lock(mutex_);
    has_batch_.wait(lock, [&] { return !batches_.empty() || running_ == 0 || !status_.ok(); });
    RETURN_NOT_OK(status_);
    *batch = nullptr;
    if (batches_.empty()) return Status::OK();
    *batch = std::move(batches_.front());
    batches_.pop_front();
    has_room_.notify_one();
    return Status::OK();
  }

 private:
  void Work() {
    const Status status = ReadAll();
    const std::lock_guard lock(mutex_);
    if (!status.ok()) {
      if (status_.ok()) status_ = status;
      is_stopped_ = true;
      has_room_.notify_all();
    }
    --running_;
    has_batch_.notify_all();
  }

  Status ReadAll() {
    while (true) {
      size_t number = 0;
      {
        const std::lock_guard lock(mutex_);
        if (is_stopped_ || next_part_ == parts_) return Status::OK();
        number = next_part_++;
      }
      ASSIGN_OR_RAISE(const auto part, open_(number));
      while (true) {
        BatchPtr batch;
        RETURN_NOT_OK(part->ReadNext(&batch));
        if (batch == nullptr) break;
        if (!HandOver(std::move(batch))) return Status::OK();
      }
    }
  }

  // False where nobody wants more.
  bool HandOver(BatchPtr batch) {
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, [&] { return is_stopped_ || batches_.size() < batches_max_; });
    if (is_stopped_) return false;
    batches_.push_back(std::move(batch));
    has_batch_.notify_one();
    return true;
  }

  const std::shared_ptr<arrow::Schema> schema_;
  const size_t parts_;
  const OpenPart open_;
  std::mutex mutex_;  // for what follows
  std::condition_variable has_batch_, has_room_;
  std::deque<BatchPtr> batches_;
  size_t next_part_ = 0;
  size_t running_;
  const size_t batches_max_;
  bool is_stopped_ = false;
  Status status_;
  std::vector<std::jthread> threads_;  // the last member: they end before all else
};

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> ReadParts(std::shared_ptr<arrow::Schema> schema,
                                                    size_t parts, OpenPart open, int threads) {
  const size_t count = std::min(parts, static_cast<size_t>(std::max(threads, 1)));
  if (count <= 1) return std::make_shared<SerialReader>(std::move(schema), parts, std::move(open));
  return std::make_shared<ParallelReader>(std::move(schema), parts, std::move(open), count);
}

}  // namespace headrace::hudi
