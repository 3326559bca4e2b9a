#include "hudi/parquet_file.h"

#include <arrow/io/memory.h>
#include <arrow/table.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>

#include "hudi/table_schema.h"

namespace headrace::hudi {
namespace {

// What a reader fetches and holds at once, and may leave out by its statistics.
constexpr int64_t kRowGroupRowsMax = 256 << 10;

std::shared_ptr<parquet::WriterProperties> WriterProperties() {
  parquet::WriterProperties::Builder builder;
  builder.max_row_group_length(kRowGroupRowsMax);
  builder.enable_write_page_index();
  builder.compression(parquet::Compression::ZSTD)->compression_level(1);
  // Every value differs: a dictionary would only be built and thrown away.
  builder.disable_dictionary(MetaColumnNames()[kCommitSeqno]);
  builder.disable_dictionary(MetaColumnNames()[kRecordKey]);
  return builder.build();
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

}  // namespace

Result<std::string> WriteParquet(const std::shared_ptr<arrow::RecordBatch>& batch,
                                 const std::map<std::string, std::string>& metadata) {
  try {
    return Write(batch, metadata);
  } catch (const std::exception& error) {  // of the Parquet library
    return Status::Invalid("Parquet: ", error.what());
  }
}

}  // namespace headrace::hudi
