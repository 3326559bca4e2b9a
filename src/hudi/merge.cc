#include "hudi/merge.h"

#include <arrow/array/array_primitive.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>

#include <deque>
#include <set>
#include <unordered_map>

#include "hudi/data_block.h"
#include "hudi/delete_block.h"
#include "hudi/log_block.h"
#include "hudi/ordering.h"
#include "hudi/parquet_file.h"
#include "hudi/table_schema.h"

namespace headrace::hudi {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

// The version of a key that counts among the log records.
struct Version {
  int32_t batch = -1;  // where its row is; -1: the key is deleted
  int64_t row = 0;
  OrderingValue ordering;
  bool is_beaten = false;  // by the base file's version
};

class Merger {
 public:
  Merger(const arrow::Schema& schema, const std::string& order_by)
      : key_column_(schema.GetFieldIndex(MetaColumnNames()[kRecordKey])),
        ordering_column_(order_by.empty() ? -1 : schema.GetFieldIndex(order_by)) {}

  Status AddRows(BatchPtr batch) {
    const auto& keys = static_cast<const arrow::StringArray&>(*batch->column(key_column_));
    if (keys.null_count() > 0) return Status::Invalid("a record has no key");
    const auto index = static_cast<int32_t>(batches_.size());
    for (int64_t row = 0; row < batch->num_rows(); ++row)
      Add(keys.GetView(row), {index, row, OrderingOf(*batch, row)});
    batches_.push_back(std::move(batch));
    return Status::OK();
  }

  void AddDeletes(std::vector<DeleteRecord> deletes) {
    deletes_.push_back(std::move(deletes));
    for (const DeleteRecord& record : deletes_.back()) Add(record.key, {-1, 0, record.ordering});
  }

  bool empty() const { return versions_.empty(); }

  // Returns the rows of a base file's batch that no log record replaces.
  Result<BatchPtr> KeepRows(const BatchPtr& batch) {
    const auto& keys = static_cast<const arrow::StringArray&>(*batch->column(key_column_));
    std::vector<int64_t> rows;
    rows.reserve(batch->num_rows());
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      const auto found = versions_.find(keys.GetView(row));
      if (found != versions_.end()) {
        if (!HasOrdering() || Replaces(found->second.ordering, OrderingOf(*batch, row))) continue;
        found->second.is_beaten = true;
      }
      rows.push_back(row);
    }
    return TakeRows(batch, rows);
  }

  // Returns the rows of the log records that are left.
  Result<std::vector<BatchPtr>> LogRows() {
    std::vector<std::vector<int64_t>> rows(batches_.size());
    for (const auto& [key, version] : versions_)
      if (version.batch >= 0 && !version.is_beaten) rows[version.batch].push_back(version.row);
    std::vector<BatchPtr> kept;
    for (size_t i = 0; i < batches_.size(); ++i) {
      std::sort(rows[i].begin(), rows[i].end());
      ASSIGN_OR_RAISE(BatchPtr batch, TakeRows(batches_[i], rows[i]));
      kept.push_back(std::move(batch));
    }
    return kept;
  }

 private:
  bool HasOrdering() const { return ordering_column_ >= 0; }

  OrderingValue OrderingOf(const arrow::RecordBatch& batch, int64_t row) const {
    return HasOrdering() ? OrderingValueAt(*batch.column(ordering_column_), row) : OrderingValue();
  }

  void Add(std::string_view key, Version version) {
    const auto [known, is_new] = versions_.try_emplace(key, std::move(version));
    if (is_new) return;
    if (!HasOrdering() || Replaces(version.ordering, known->second.ordering))
      known->second = std::move(version);
  }

  static Result<BatchPtr> TakeRows(const BatchPtr& batch, const std::vector<int64_t>& rows) {
    if (static_cast<int64_t>(rows.size()) == batch->num_rows()) return batch;
    const arrow::Int64Array indices(static_cast<int64_t>(rows.size()), arrow::Buffer::Wrap(rows));
    ASSIGN_OR_RAISE(
        const arrow::Datum taken,
        arrow::compute::Take(batch, indices, arrow::compute::TakeOptions::NoBoundsCheck()));
    return taken.record_batch();
  }

  const int key_column_;
  const int ordering_column_;
  std::vector<BatchPtr> batches_;
  std::deque<std::vector<DeleteRecord>> deletes_;
  // The keys lie in batches_ and deletes_.
  std::unordered_map<std::string_view, Version> versions_;
};

Status AddLogFile(std::string_view file, const std::shared_ptr<arrow::Schema>& schema,
                  Merger* merger) {
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
      merger->AddDeletes(std::move(deletes));
    } else {
      ASSIGN_OR_RAISE(auto batches, ReadDataBlock(block, schema));
      for (BatchPtr& batch : batches) RETURN_NOT_OK(merger->AddRows(std::move(batch)));
    }
  }
  return Status::OK();
}

}  // namespace

Result<std::vector<BatchPtr>> MergeSlice(storage::Storage& storage, const FileSlice& slice,
                                         const std::shared_ptr<arrow::Schema>& schema,
                                         const std::string& order_by) {
  Merger merger(*schema, order_by);
  for (const DataFile& log : slice.logs) {
    ASSIGN_OR_RAISE(const std::string file, storage.Get(log.path));
    const Status status = AddLogFile(file, schema, &merger);
    if (!status.ok()) return WithContext(storage.root() + "/" + log.path, status);
  }
  std::vector<BatchPtr> merged;
  if (slice.base.has_value()) {
    ASSIGN_OR_RAISE(const std::string file, storage.Get(slice.base->path));
    Result<std::vector<BatchPtr>> batches = ReadParquet(file, schema);
    if (!batches.ok())
      return WithContext(storage.root() + "/" + slice.base->path, batches.status());
    if (merger.empty()) return batches;
    for (const BatchPtr& batch : *batches) {
      ASSIGN_OR_RAISE(BatchPtr kept, merger.KeepRows(batch));
      merged.push_back(std::move(kept));
    }
  }
  ASSIGN_OR_RAISE(std::vector<BatchPtr> rows, merger.LogRows());
  merged.insert(merged.end(), rows.begin(), rows.end());
  std::erase_if(merged, [](const BatchPtr& batch) { return batch->num_rows() == 0; });
  return merged;
}

}  // namespace headrace::hudi
