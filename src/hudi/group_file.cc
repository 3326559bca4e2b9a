#include "hudi/group_file.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/util.h>
#include <arrow/io/memory.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
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

// Of many groups each batch of a commit has few rows for each. They are encoded by so many and
// more, for each piece has its cost, and the first one says which columns repeat their values.
constexpr int64_t kPieceRowsMin = 4096;

Result<std::shared_ptr<arrow::Array>> RepeatText(const std::string& text, int64_t rows) {
  return arrow::MakeArrayFromScalar(arrow::StringScalar(text), rows);
}

// Puts the meta columns before a batch that begins with its record keys. `first_row` is the number
// of its first row within the commit.
Result<BatchPtr> AddMetaColumns(const arrow::RecordBatch& batch, const GroupFile& file,
                                int64_t first_row) {
  const std::string& instant = file.name.instant;
  const int64_t rows = batch.num_rows();
  arrow::StringBuilder numbers;
  RETURN_NOT_OK(numbers.Reserve(rows));
  std::string number = fmt::format("{}_{}_", instant, file.changes.bucket);
  const size_t prefix = number.size();
  for (int64_t row = 0; row < rows; ++row) {
    number.resize(prefix);
    fmt::format_to(std::back_inserter(number), "{}", first_row + row);
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

// Hands out the upserts of a file with the meta columns, made for one batch at a time.
class UpsertReader : public arrow::RecordBatchReader {
 public:
  UpsertReader(const GroupFile& file, std::shared_ptr<arrow::Schema> schema)
      : file_(file), schema_(std::move(schema)), row_(file.first_row) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(BatchPtr* batch) override {
    *batch = nullptr;
    arrow::RecordBatchVector taken;
    for (int64_t rows = 0; rows < kPieceRowsMin && next_ < file_.changes.upserts.size();) {
      RETURN_NOT_OK(file_.changes.upserts[next_++].Take().Value(&taken.emplace_back()));
      rows += taken.back()->num_rows();
    }
    if (taken.empty()) return Status::OK();
    BatchPtr upserts = taken[0];
    if (taken.size() > 1) {
      ASSIGN_OR_RAISE(upserts, arrow::ConcatenateRecordBatches(taken));
    }
    RETURN_NOT_OK(AddMetaColumns(*upserts, file_, row_).Value(batch));
    row_ += upserts->num_rows();
    return Status::OK();
  }

 private:
  const GroupFile& file_;
  const std::shared_ptr<arrow::Schema> schema_;
  size_t next_ = 0;
  int64_t row_;
};

Status AppendUpserts(arrow::RecordBatchReader& upserts, bool is_avro,
                     const std::map<LogHeader, std::string>& header, std::string* file) {
  if (is_avro) {
    ASSIGN_OR_RAISE(const auto table, upserts.ToTable());
    ASSIGN_OR_RAISE(const BatchPtr batch, table->CombineChunksToBatch());
    ASSIGN_OR_RAISE(const std::string content, EncodeAvroBlock(batch));
    AppendLogBlock(LogBlockType::kAvroData, header, content, file);
    return Status::OK();
  }
  ASSIGN_OR_RAISE(const auto out, arrow::io::BufferOutputStream::Create());
  std::unique_ptr<ParquetWriter> writer;
  for (const auto& item : upserts) {
    ASSIGN_OR_RAISE(const BatchPtr batch, item);
    if (writer == nullptr)
      RETURN_NOT_OK(ParquetWriter::Open(out, upserts.schema(), *batch).Value(&writer));
    RETURN_NOT_OK(writer->Write(*batch));
  }
  RETURN_NOT_OK(writer->Finish({}));
  ASSIGN_OR_RAISE(const auto content, out->Finish());
  AppendLogBlock(LogBlockType::kParquetData, header, std::string_view(*content), file);
  return Status::OK();
}

Result<std::string> EncodeLogFile(const GroupFile& file, arrow::RecordBatchReader& upserts,
                                  const TableConfig& config) {
  const std::map<LogHeader, std::string> header = {
      {LogHeader::kInstantTime, file.name.instant},
      {LogHeader::kSchema, ToAvroSchemaJson(*upserts.schema(), config.name)}};
  std::string bytes;
  if (file.changes.rows > 0) {
    const bool is_avro = IsAvroBlock(file.changes.rows, *upserts.schema(), config.order_by);
    RETURN_NOT_OK(AppendUpserts(upserts, is_avro, header, &bytes));
  }
  // Readers want one kind of ordering value a block.
  std::vector<DeleteRecord> ordered, natural;
  for (const DeleteRecord& record : file.changes.deletes)
    (record.ordering.index() == 0 ? natural : ordered).push_back(record);
  if (!ordered.empty()) {
    const auto type = upserts.schema()->GetFieldByName(config.order_by)->type();
    AppendLogBlock(LogBlockType::kDelete, header, EncodeDeletes(ordered, type.get()), &bytes);
  }
  if (!natural.empty())
    AppendLogBlock(LogBlockType::kDelete, header, EncodeDeletes(natural, nullptr), &bytes);
  return bytes;
}

// Writes the changes, merged into the rows of the base file that the new one replaces.
Status WriteMerged(const GroupFile& file, arrow::RecordBatchReader& upserts, Table& table,
                   BaseFileWriter* writer, WriteStat* stat) {
  FileSlice slice;
  slice.base = file.previous;
  MergeCounts counts;
  SliceOptions options;
  options.counts = &counts;
  ASSIGN_OR_RAISE(options.later.upserts, upserts.ToRecordBatches());
  options.later.deletes = file.changes.deletes;
  ASSIGN_OR_RAISE(const auto merged, OpenSlice(table.storage(), slice, upserts.schema(),
                                               table.config().order_by, std::move(options)));
  RETURN_NOT_OK(writer->WriteAll(*merged));
  stat->updates = counts.replaced;
  stat->inserts = counts.added;
  stat->deletes = counts.deleted;
  stat->previous = file.previous->name;
  return Status::OK();
}

}  // namespace

std::string GroupFile::Path() const {
  return changes.partition.empty() ? name.ToString() : changes.partition + "/" + name.ToString();
}

Result<EncodedFile> EncodeGroupFile(const GroupFile& file, Table& table) {
  EncodedFile encoded;
  WriteStat& stat = encoded.stat;
  stat.partition = file.changes.partition;
  stat.file_id = file.name.file_id;
  stat.file_name = file.name.ToString();
  stat.is_new_group = file.is_new_group;
  stat.is_log = file.name.is_log;
  stat.rows = file.changes.rows;
  stat.inserts = file.is_new_group ? stat.rows : 0;
  stat.updates = stat.rows - stat.inserts;
  stat.deletes = static_cast<int64_t>(file.changes.deletes.size());
  UpsertReader upserts(file, WithMetaColumns(*table.schema()));
  if (file.name.is_log) {
    ASSIGN_OR_RAISE(std::string bytes, EncodeLogFile(file, upserts, table.config()));
    encoded.bytes = arrow::Buffer::FromString(std::move(bytes));
  } else {
    int64_t rows_expected = file.changes.rows;
    if (file.previous.has_value()) rows_expected += RowsExpected(file.previous->size);
    ASSIGN_OR_RAISE(const auto out, arrow::io::BufferOutputStream::Create());
    BaseFileWriter writer(out, upserts.schema(), stat.file_name, rows_expected);
    if (file.previous.has_value()) {
      RETURN_NOT_OK(WriteMerged(file, upserts, table, &writer, &stat));
    } else {
      RETURN_NOT_OK(writer.WriteAll(upserts));
    }
    stat.rows = writer.rows();
    RETURN_NOT_OK(writer.Finish(table.config().name));
    ASSIGN_OR_RAISE(encoded.bytes, out->Finish());
  }
  stat.bytes = encoded.bytes->size();
  return encoded;
}

}  // namespace headrace::hudi
