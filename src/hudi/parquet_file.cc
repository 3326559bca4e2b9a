#include "hudi/parquet_file.h"

#include <arrow/io/memory.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include "hudi/conform.h"
#include "hudi/table_schema.h"

namespace headrace::hudi {
namespace {

std::shared_ptr<parquet::WriterProperties> WriterProperties() {
  parquet::WriterProperties::Builder builder;
  builder.compression(parquet::Compression::ZSTD)->compression_level(1);
  // Every value differs: a dictionary would only be built and thrown away.
  builder.disable_dictionary(MetaColumnNames()[kCommitSeqno]);
  builder.disable_dictionary(MetaColumnNames()[kRecordKey]);
  return builder.build();
}

std::shared_ptr<arrow::io::BufferReader> Open(std::string_view file) {
  return std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(file));
}

Result<std::string> Write(const std::shared_ptr<arrow::RecordBatch>& batch,
                          const std::map<std::string, std::string>& metadata) {
  ASSIGN_OR_RAISE(auto out, arrow::io::BufferOutputStream::Create());
  ASSIGN_OR_RAISE(auto writer, parquet::arrow::FileWriter::Open(
                                   *batch->schema(), arrow::default_memory_pool(), out,
                                   WriterProperties(), parquet::default_arrow_writer_properties()));
  auto pairs = std::make_shared<arrow::KeyValueMetadata>();
  for (const auto& [key, value] : metadata) pairs->Append(key, value);
  RETURN_NOT_OK(writer->AddKeyValueMetadata(pairs));
  ASSIGN_OR_RAISE(auto table, arrow::Table::FromRecordBatches(batch->schema(), {batch}));
  RETURN_NOT_OK(writer->WriteTable(*table, std::max<int64_t>(1, batch->num_rows())));
  RETURN_NOT_OK(writer->Close());
  ASSIGN_OR_RAISE(auto buffer, out->Finish());
  return std::string(buffer->ToString());
}

// The leaf columns below the top-level fields that `schema` names.
std::vector<int> LeavesOf(const parquet::SchemaDescriptor& file, const arrow::Schema& schema) {
  std::vector<int> leaves;
  for (int i = 0; i < file.num_columns(); ++i) {
    if (schema.GetFieldIndex(file.Column(i)->path()->ToDotVector()[0]) >= 0) leaves.push_back(i);
  }
  return leaves;
}

Result<std::vector<std::shared_ptr<arrow::RecordBatch>>> Read(
    std::string_view file, const std::shared_ptr<arrow::Schema>& schema) {
  parquet::arrow::FileReaderBuilder builder;
  RETURN_NOT_OK(builder.Open(Open(file)));
  ASSIGN_OR_RAISE(auto reader, builder.memory_pool(arrow::default_memory_pool())->Build());
  const auto& metadata = *reader->parquet_reader()->metadata();
  const std::vector<int> leaves = LeavesOf(*metadata.schema(), *schema);
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  if (leaves.empty()) {  // only rows, of columns that came later
    std::vector<std::shared_ptr<arrow::Array>> columns;
    ASSIGN_OR_RAISE(auto empty, arrow::RecordBatch::MakeEmpty(arrow::schema({})));
    const auto rows =
        arrow::RecordBatch::Make(arrow::schema({}), metadata.num_rows(), arrow::ArrayVector());
    ASSIGN_OR_RAISE(auto batch, Conform(rows, schema));
    return std::vector{batch};
  }
  std::vector<int> row_groups(metadata.num_row_groups());
  for (size_t i = 0; i < row_groups.size(); ++i) row_groups[i] = static_cast<int>(i);
  reader->set_batch_size(256 << 10);
  ASSIGN_OR_RAISE(auto stream, reader->GetRecordBatchReader(row_groups, leaves));
  for (const auto& item : *stream) {
    ASSIGN_OR_RAISE(auto batch, item);
    ASSIGN_OR_RAISE(batch, Conform(batch, schema));
    batches.push_back(std::move(batch));
  }
  return batches;
}

// Runs a function that may throw Parquet's exceptions.
template <typename Function>
auto Guarded(Function function) -> decltype(function()) {
  try {
    return function();
  } catch (const std::exception& error) {
    return Status::Invalid("Parquet: ", error.what());
  }
}

}  // namespace

Result<std::string> WriteParquet(const std::shared_ptr<arrow::RecordBatch>& batch,
                                 const std::map<std::string, std::string>& metadata) {
  return Guarded([&] { return Write(batch, metadata); });
}

Result<std::vector<std::shared_ptr<arrow::RecordBatch>>> ReadParquet(
    std::string_view file, const std::shared_ptr<arrow::Schema>& schema) {
  return Guarded([&] { return Read(file, schema); });
}

Result<std::map<std::string, std::string>> ParquetKeyValues(std::string_view file) {
  return Guarded([&]() -> Result<std::map<std::string, std::string>> {
    std::map<std::string, std::string> pairs;
    const auto metadata = parquet::ParquetFileReader::Open(Open(file))->metadata();
    const auto& found = metadata->key_value_metadata();
    for (int64_t i = 0; found != nullptr && i < found->size(); ++i)
      pairs[found->key(i)] = found->value(i);
    return pairs;
  });
}

Result<int64_t> ParquetRows(std::string_view file) {
  return Guarded([&]() -> Result<int64_t> {
    return parquet::ParquetFileReader::Open(Open(file))->metadata()->num_rows();
  });
}

}  // namespace headrace::hudi
