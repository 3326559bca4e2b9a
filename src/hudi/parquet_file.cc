#include "hudi/parquet_file.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/io/memory.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>

#include <string_view>
#include <unordered_set>

#include "hudi/table_schema.h"

namespace headrace::hudi {
namespace {

// What a reader fetches and holds at once, and may leave out by its statistics.
constexpr int64_t kRowGroupRowsMax = 256 << 10;
// A column is said to repeat its values by so many of them ...
constexpr int64_t kSampleRows = 1000;
// ... of which at most so many differ.
constexpr double kDistinctMax = 0.9;

// The values' bytes, where they lie one after the other.
std::string_view ValueAt(const arrow::Array& column, int64_t row) {
  if (column.type_id() == arrow::Type::STRING)
    return static_cast<const arrow::StringArray&>(column).GetView(row);
  const int width = column.type()->byte_width();
  const auto* values = column.data()->GetValues<char>(1, column.offset() * width);
  return {values + row * width, static_cast<size_t>(width)};
}

// Whether a dictionary would only be built and thrown away.
bool IsDistinct(const arrow::Array& column) {
  const bool is_fixed = arrow::is_primitive(column.type_id()) && column.type()->byte_width() >= 4;
  if (!is_fixed && column.type_id() != arrow::Type::STRING) return false;
  if (column.length() < kSampleRows) return false;
  std::unordered_set<std::string_view> values;
  for (int64_t row = 0; row < kSampleRows; ++row) values.insert(ValueAt(column, row));
  return static_cast<double>(values.size()) > kDistinctMax * static_cast<double>(kSampleRows);
}

std::shared_ptr<parquet::WriterProperties> WriterProperties(const arrow::RecordBatch& sample) {
  parquet::WriterProperties::Builder builder;
  builder.max_row_group_length(kRowGroupRowsMax);
  builder.enable_write_page_index();
  builder.compression(parquet::Compression::ZSTD)->compression_level(1);
  builder.disable_dictionary(MetaColumnNames()[kCommitSeqno]);
  builder.disable_dictionary(MetaColumnNames()[kRecordKey]);
  for (int i = 0; i < sample.num_columns(); ++i)
    if (IsDistinct(*sample.column(i))) builder.disable_dictionary(sample.column_name(i));
  return builder.build();
}

class Writer : public ParquetWriter {
 public:
  Status Open(const arrow::Schema& schema, const arrow::RecordBatch& sample) {
    ASSIGN_OR_RAISE(out_, arrow::io::BufferOutputStream::Create());
    return parquet::arrow::FileWriter::Open(schema, arrow::default_memory_pool(), out_,
                                            WriterProperties(sample),
                                            parquet::default_arrow_writer_properties())
        .Value(&writer_);
  }

  Status Write(const arrow::RecordBatch& batch) override {
    try {
      return writer_->WriteRecordBatch(batch);
    } catch (const std::exception& error) {  // of the Parquet library
      return Status::Invalid("Parquet: ", error.what());
    }
  }

  Result<std::shared_ptr<arrow::Buffer>> Finish(
      const std::map<std::string, std::string>& metadata) override {
    auto pairs = std::make_shared<arrow::KeyValueMetadata>();
    for (const auto& [key, value] : metadata) pairs->Append(key, value);
    try {
      RETURN_NOT_OK(writer_->AddKeyValueMetadata(pairs));
      RETURN_NOT_OK(writer_->Close());
    } catch (const std::exception& error) {
      return Status::Invalid("Parquet: ", error.what());
    }
    return out_->Finish();
  }

 private:
  std::shared_ptr<arrow::io::BufferOutputStream> out_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

}  // namespace

Result<std::unique_ptr<ParquetWriter>> ParquetWriter::Open(
    const std::shared_ptr<arrow::Schema>& schema, const arrow::RecordBatch& sample) {
  auto writer = std::make_unique<Writer>();
  RETURN_NOT_OK(writer->Open(*schema, sample));
  return writer;
}

Result<std::shared_ptr<arrow::Buffer>> WriteParquet(
    const arrow::RecordBatch& batch, const std::map<std::string, std::string>& metadata) {
  ASSIGN_OR_RAISE(const auto writer, ParquetWriter::Open(batch.schema(), batch));
  RETURN_NOT_OK(writer->Write(batch));
  return writer->Finish(metadata);
}

}  // namespace headrace::hudi
