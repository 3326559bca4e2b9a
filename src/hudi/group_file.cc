#include "hudi/group_file.h"

#include <arrow/array/builder_binary.h>
#include <fmt/format.h>

#include <map>

#include "hudi/base_file.h"
#include "hudi/data_block.h"
#include "hudi/log_block.h"
#include "hudi/merge.h"
#include "hudi/parquet_file.h"
#include "hudi/table_schema.h"

namespace headrace::hudi {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

// Puts the meta columns before a batch that begins with its record keys.
Result<BatchPtr> AddMetaColumns(const arrow::RecordBatch& batch, const GroupFile& file) {
  const std::string& instant = file.name.instant;
  const int64_t rows = batch.num_rows();
  arrow::StringBuilder numbers;
  RETURN_NOT_OK(numbers.Reserve(rows));
  std::string number = fmt::format("{}_{}_", instant, file.changes.bucket);
  const size_t prefix = number.size();
  for (int64_t row = 0; row < rows; ++row) {
    number.resize(prefix);
    fmt::format_to(std::back_inserter(number), "{}", file.first_row + row);
    RETURN_NOT_OK(numbers.Append(number));
  }
  arrow::ArrayVector columns(kMetaColumns);
  ASSIGN_OR_RAISE(columns[kCommitTime], RepeatText(instant, rows));
  ASSIGN_OR_RAISE(columns[kCommitSeqno], numbers.Finish());
  columns[kRecordKey] = batch.column(0);
  ASSIGN_OR_RAISE(columns[kPartitionPath], RepeatText(file.changes.partition, rows));
  // Of a base file the name of the file takes its place.
  ASSIGN_OR_RAISE(columns[kFileName], RepeatText(file.name.file_id, rows));
  arrow::FieldVector fields;
  for (int i = 1; i < batch.num_columns(); ++i) {
    columns.push_back(batch.column(i));
    fields.push_back(batch.schema()->field(i));
  }
  return arrow::RecordBatch::Make(WithMetaColumns(arrow::Schema(std::move(fields))), rows,
                                  std::move(columns));
}

// The upserts as one batch with the meta columns; without any an empty one.
Result<BatchPtr> UpsertsOf(const GroupFile& file, const arrow::Schema& table_schema) {
  if (file.changes.upserts.empty())
    return arrow::RecordBatch::MakeEmpty(WithMetaColumns(table_schema));
  ASSIGN_OR_RAISE(const BatchPtr joined, arrow::ConcatenateRecordBatches(file.changes.upserts));
  return AddMetaColumns(*joined, file);
}

Result<std::string> EncodeLogFile(const GroupFile& file, const BatchPtr& upserts,
                                  const TableConfig& config, const std::string& schema_json) {
  const std::map<LogHeader, std::string> header = {{LogHeader::kInstantTime, file.name.instant},
                                                   {LogHeader::kSchema, schema_json}};
  std::string bytes;
  if (upserts->num_rows() > 0) {
    const bool is_avro = upserts->num_rows() <= kAvroBlockRowsMax;
    ASSIGN_OR_RAISE(const std::string content,
                    is_avro ? EncodeAvroBlock(upserts) : WriteParquet(upserts, {}));
    AppendLogBlock(is_avro ? LogBlockType::kAvroData : LogBlockType::kParquetData, header, content,
                   &bytes);
  }
  // Readers want one kind of ordering value a block.
  std::vector<DeleteRecord> ordered, natural;
  for (const DeleteRecord& record : file.changes.deletes)
    (record.ordering.index() == 0 ? natural : ordered).push_back(record);
  if (!ordered.empty()) {
    const auto type = upserts->schema()->GetFieldByName(config.order_by)->type();
    AppendLogBlock(LogBlockType::kDelete, header, EncodeDeletes(ordered, type.get()), &bytes);
  }
  if (!natural.empty())
    AppendLogBlock(LogBlockType::kDelete, header, EncodeDeletes(natural, nullptr), &bytes);
  return bytes;
}

// Merges the changes into the rows of the base file that the new one replaces.
Result<BatchPtr> MergeIntoPrevious(const GroupFile& file, const BatchPtr& upserts, Table& table,
                                   WriteStat* stat) {
  FileSlice slice;
  slice.base = file.previous;
  MergeCounts counts;
  ASSIGN_OR_RAISE(const auto batches,
                  MergeSlice(table.storage(), slice, upserts->schema(), table.config().order_by,
                             {.upserts = {upserts}, .deletes = file.changes.deletes}, &counts));
  stat->updates = counts.replaced;
  stat->inserts = counts.added;
  stat->deletes = counts.deleted;
  stat->previous = file.previous->name;
  if (batches.empty()) return arrow::RecordBatch::MakeEmpty(upserts->schema());
  return arrow::ConcatenateRecordBatches(batches);
}

}  // namespace

std::string GroupFile::Path() const {
  return changes.partition.empty() ? name.ToString() : changes.partition + "/" + name.ToString();
}

Result<EncodedFile> EncodeGroupFile(const GroupFile& file, Table& table,
                                    const std::string& schema_json) {
  EncodedFile encoded;
  WriteStat& stat = encoded.stat;
  stat.partition = file.changes.partition;
  stat.file_id = file.name.file_id;
  stat.file_name = file.name.ToString();
  stat.is_new_group = file.is_new_group;
  stat.is_log = file.name.is_log;
  ASSIGN_OR_RAISE(BatchPtr rows, UpsertsOf(file, *table.schema()));
  stat.inserts = file.is_new_group ? rows->num_rows() : 0;
  stat.updates = rows->num_rows() - stat.inserts;
  stat.deletes = static_cast<int64_t>(file.changes.deletes.size());
  if (file.name.is_log) {
    ASSIGN_OR_RAISE(encoded.bytes, EncodeLogFile(file, rows, table.config(), schema_json));
  } else {
    if (file.previous.has_value()) {
      ASSIGN_OR_RAISE(rows, MergeIntoPrevious(file, rows, table, &stat));
    }
    ASSIGN_OR_RAISE(encoded.bytes, EncodeBaseFile(rows, schema_json, stat.file_name));
  }
  stat.rows = rows->num_rows();
  stat.bytes = static_cast<int64_t>(encoded.bytes.size());
  return encoded;
}

}  // namespace headrace::hudi
