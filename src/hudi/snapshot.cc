#include "hudi/snapshot.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hudi/merge.h"
#include "hudi/table_schema.h"

namespace headrace::hudi {

Result<std::shared_ptr<SnapshotReader>> SnapshotReader::Make(Table& table,
                                                             const SnapshotOptions& options) {
  const auto all = WithMetaColumns(*table.schema());
  auto reader = std::make_shared<SnapshotReader>();
  reader->table_ = &table;
  arrow::FieldVector output;
  for (const std::string& name : options.columns) {
    const auto field = all->GetFieldByName(name);
    if (field == nullptr)
      return UserError(
          fmt::format("the Hudi table {} has no column '{}'", table.storage().root(), name),
          fmt::format("its columns are: {}", fmt::join(table.schema()->field_names(), ", ")));
    output.push_back(field);
  }
  reader->output_ = !output.empty()        ? arrow::schema(output)
                    : options.meta_columns ? all
                                           : table.schema();
  arrow::FieldVector merged = reader->output_->fields();
  for (const std::string& name : {MetaColumnNames()[kRecordKey], table.config().order_by}) {
    if (!name.empty() && reader->output_->GetFieldByName(name) == nullptr)
      merged.push_back(all->GetFieldByName(name));
  }
  reader->merged_ = arrow::schema(std::move(merged));
  ASSIGN_OR_RAISE(reader->slices_, table.FileSlices());
  return reader;
}

Status SnapshotReader::ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) {
  while (ready_.empty()) {
    if (next_slice_ == slices_.size()) {
      *batch = nullptr;
      return Status::OK();
    }
    const FileSlice& slice = slices_[next_slice_++];
    ASSIGN_OR_RAISE(ready_,
                    MergeSlice(table_->storage(), slice, merged_, table_->config().order_by));
    std::reverse(ready_.begin(), ready_.end());
  }
  const auto& merged = ready_.back();
  arrow::ArrayVector columns(merged->columns().begin(),
                             merged->columns().begin() + output_->num_fields());
  *batch = arrow::RecordBatch::Make(output_, merged->num_rows(), std::move(columns));
  ready_.pop_back();
  return Status::OK();
}

Result<std::shared_ptr<arrow::Table>> ReadTable(const std::string& path,
                                                const SnapshotOptions& options) {
  ASSIGN_OR_RAISE(const auto table, Table::Open(storage::OpenLocalStorage(path)));
  ASSIGN_OR_RAISE(const auto reader, SnapshotReader::Make(*table, options));
  return arrow::Table::FromRecordBatchReader(reader.get());
}

}  // namespace headrace::hudi
