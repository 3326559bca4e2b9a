#include "hudi/merge.h"

#include <algorithm>
#include <optional>
#include <set>

#include "hudi/data_block.h"
#include "hudi/delete_block.h"
#include "hudi/log_block.h"
#include "hudi/parquet_reader.h"

namespace headrace::hudi {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

Status CheckBytes(const LogRecords& records, int64_t bytes_max) {
  if (bytes_max == 0 || records.bytes() <= bytes_max) return Status::OK();
  return Status::CapacityError("the records of the log files take more than ", bytes_max, " bytes");
}

Status AddBlocks(std::string_view file, const std::shared_ptr<arrow::Schema>& schema,
                 LogRecords* records, int64_t bytes_max) {
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
      RETURN_NOT_OK(VisitDataBlock(block, schema, [&](BatchPtr batch) -> Status {
        RETURN_NOT_OK(records->AddRows(std::move(batch)));
        return CheckBytes(*records, bytes_max);
      }));
    }
    RETURN_NOT_OK(CheckBytes(*records, bytes_max));
  }
  return Status::OK();
}

class SliceReader : public arrow::RecordBatchReader {
 public:
  SliceReader(std::shared_ptr<arrow::Schema> schema, const std::string& order_by, KeyPart part)
      : schema_(std::move(schema)), records_(std::in_place, order_by, part) {}

  Status Open(storage::Storage& storage, const FileSlice& slice, SliceOptions options) {
    counts_ = options.counts;
    for (const DataFile& log : slice.logs)
      RETURN_NOT_OK(AddLogFile(storage, log, schema_, &*records_, options.log_record_bytes_max));
    for (BatchPtr& batch : options.later.upserts)
      RETURN_NOT_OK(records_->AddRows(std::move(batch)));
    if (!options.later.deletes.empty()) records_->AddDeletes(std::move(options.later.deletes));
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
      if (*batch != nullptr) return records_->KeepRows(*batch).Value(batch);
      base_ = nullptr;
    }
    if (records_.has_value()) {
      rows_ = records_->Rows({});
      std::reverse(rows_.begin(), rows_.end());
      Count();
      records_.reset();
    }
    *batch = nullptr;
    if (rows_.empty()) return Status::OK();
    RETURN_NOT_OK(rows_.back().Take().Value(batch));
    rows_.pop_back();
    return Status::OK();
  }

  void Count() {
    if (counts_ == nullptr) return;
    int64_t log_rows = 0;
    for (const LogRecords::BatchRows& batch : rows_)
      log_rows += static_cast<int64_t>(batch.rows.size());
    *counts_ = {records_->replaced(), records_->deleted(), log_rows - records_->replaced()};
  }

  const std::shared_ptr<arrow::Schema> schema_;
  std::optional<LogRecords> records_;  // until the base file has been read
  MergeCounts* counts_ = nullptr;
  std::shared_ptr<arrow::RecordBatchReader> base_;  // null where it has been read
  std::vector<LogRecords::BatchRows> rows_;         // of the log files, the next last
};

}  // namespace

Status AddLogFile(storage::Storage& storage, const DataFile& log,
                  const std::shared_ptr<arrow::Schema>& schema, LogRecords* records,
                  int64_t bytes_max) {
  ASSIGN_OR_RAISE(const std::string file, storage.Get(log.path));
  const Status status = AddBlocks(file, schema, records, bytes_max);
  return status.ok() ? status : WithContext(storage.root() + "/" + log.path, status);
}

Result<std::shared_ptr<arrow::RecordBatchReader>> OpenSlice(
    storage::Storage& storage, const FileSlice& slice, const std::shared_ptr<arrow::Schema>& schema,
    const std::string& order_by, SliceOptions options) {
  auto reader = std::make_shared<SliceReader>(schema, order_by, options.part);
  RETURN_NOT_OK(reader->Open(storage, slice, std::move(options)));
  return reader;
}

}  // namespace headrace::hudi
