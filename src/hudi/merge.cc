#include "hudi/merge.h"

#include <set>

#include "hudi/data_block.h"
#include "hudi/delete_block.h"
#include "hudi/log_block.h"
#include "hudi/parquet_reader.h"

namespace headrace::hudi {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

Status AddBlocks(std::string_view file, const std::shared_ptr<arrow::Schema>& schema,
                 LogRecords* records) {
  ASSIGN_OR_RAISE(const std::vector<LogBlock> blocks, ParseLogFile(file));
  std::set<std::string> rolled_back;  // by command blocks in the same file
  for (const LogBlock& block : blocks)
    if (block.type == LogBlockType::kCommand)
      rolled_back.insert(block.Header(LogHeader::kTargetInstantTime));
  for (const LogBlock& block : blocks) {
    if (block.type == LogBlockType::kCommand || block.type == LogBlockType::kCdcData ||
        rolled_back.contains(block.Header(LogHeader::kInstantTime)))
      continue;
    if (block.type == LogBlockType::kDelete) {
      ASSIGN_OR_RAISE(auto deletes, DecodeDeletes(block.content));
      records->AddDeletes(std::move(deletes));
    } else {
      ASSIGN_OR_RAISE(auto batches, ReadDataBlock(block, schema));
      for (BatchPtr& batch : batches) RETURN_NOT_OK(records->AddRows(std::move(batch)));
    }
  }
  return Status::OK();
}

class SliceReader : public arrow::RecordBatchReader {
 public:
  SliceReader(std::shared_ptr<arrow::Schema> schema, const std::string& order_by)
      : schema_(std::move(schema)), records_(order_by) {}

  Status Open(storage::Storage& storage, const FileSlice& slice, SliceOptions options) {
    counts_ = options.counts;
    for (const DataFile& log : slice.logs)
      RETURN_NOT_OK(AddLogFile(storage, log, schema_, &records_));
    for (BatchPtr& batch : options.later.upserts) RETURN_NOT_OK(records_.AddRows(std::move(batch)));
    if (!options.later.deletes.empty()) records_.AddDeletes(std::move(options.later.deletes));
    if (!slice.base.has_value()) return Status::OK();
    return OpenParquet(storage, slice.base->path, slice.base->size, schema_, options.predicate)
        .Value(&base_);
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(BatchPtr* batch) override {
    do {
      RETURN_NOT_OK(Next(batch));
    } while (*batch != nullptr && (*batch)->num_rows() == 0);
    return Status::OK();
  }

 private:
  Status Next(BatchPtr* batch) {
    if (base_ != nullptr) {
      RETURN_NOT_OK(base_->ReadNext(batch));
      if (*batch != nullptr) return records_.KeepRows(*batch).Value(batch);
      base_ = nullptr;
    }
    if (!are_rows_taken_) {
      ASSIGN_OR_RAISE(rows_, records_.Rows({}));
      are_rows_taken_ = true;
      Count();
    }
    *batch = next_row_batch_ < rows_.size() ? std::move(rows_[next_row_batch_++]) : nullptr;
    return Status::OK();
  }

  void Count() {
    if (counts_ == nullptr) return;
    int64_t log_rows = 0;
    for (const BatchPtr& rows : rows_) log_rows += rows->num_rows();
    *counts_ = {records_.replaced(), records_.deleted(), log_rows - records_.replaced()};
  }

  const std::shared_ptr<arrow::Schema> schema_;
  LogRecords records_;
  MergeCounts* counts_ = nullptr;
  std::shared_ptr<arrow::RecordBatchReader> base_;  // null where it has been read
  bool are_rows_taken_ = false;
  std::vector<BatchPtr> rows_;  // of the log files
  size_t next_row_batch_ = 0;
};

}  // namespace

Status AddLogFile(storage::Storage& storage, const DataFile& log,
                  const std::shared_ptr<arrow::Schema>& schema, LogRecords* records) {
  ASSIGN_OR_RAISE(const std::string file, storage.Get(log.path));
  const Status status = AddBlocks(file, schema, records);
  return status.ok() ? status : WithContext(storage.root() + "/" + log.path, status);
}

Result<std::shared_ptr<arrow::RecordBatchReader>> OpenSlice(
    storage::Storage& storage, const FileSlice& slice, const std::shared_ptr<arrow::Schema>& schema,
    const std::string& order_by, SliceOptions options) {
  auto reader = std::make_shared<SliceReader>(schema, order_by);
  RETURN_NOT_OK(reader->Open(storage, slice, std::move(options)));
  return reader;
}

}  // namespace headrace::hudi
