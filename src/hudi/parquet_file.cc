#include "hudi/parquet_file.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/io/memory.h>
#include <arrow/util/byte_size.h>
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
// As Arrow holds them; or little more.
constexpr int64_t kRowGroupBytesMax = 32 << 20;
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
  Status Open(std::shared_ptr<arrow::io::OutputStream> out, const arrow::Schema& schema,
              const arrow::RecordBatch& sample) {
    return parquet::arrow::FileWriter::Open(schema, arrow::default_memory_pool(), std::move(out),
                                            WriterProperties(sample),
                                            parquet::default_arrow_writer_properties())
        .Value(&writer_);
  }

  Status Write(const arrow::RecordBatch& batch) override {
    try {
      RETURN_NOT_OK(EndGroupWhereFull(batch));
      return writer_->WriteRecordBatch(batch);
    } catch (const std::exception& error) {  // of the Parquet library
      return Status::Invalid("Parquet: ", error.what());
    }
  }

  Status Finish(const std::map<std::string, std::string>& metadata) override {
    auto pairs = std::make_shared<arrow::KeyValueMetadata>();
    for (const auto& [key, value] : metadata) pairs->Append(key, value);
    try {
      RETURN_NOT_OK(writer_->AddKeyValueMetadata(pairs));
      return writer_->Close();
    } catch (const std::exception& error) {
      return Status::Invalid("Parquet: ", error.what());
    }
  }

 private:
  // The library itself ends row groups by their rows.
  Status EndGroupWhereFull(const arrow::RecordBatch& batch) {
    if (group_bytes_ >= kRowGroupBytesMax) {
      RETURN_NOT_OK(writer_->NewBufferedRowGroup());
      group_bytes_ = group_rows_ = 0;
    }
    group_rows_ += batch.num_rows();
    if (group_rows_ >= kRowGroupRowsMax) group_bytes_ = group_rows_ = 0;
    ASSIGN_OR_RAISE(const int64_t bytes, arrow::util::ReferencedBufferSize(batch));
    group_bytes_ += bytes;
    return Status::OK();
  }

  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  int64_t group_rows_ = 0, group_bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<ParquetWriter>> ParquetWriter::Open(
    std::shared_ptr<arrow::io::OutputStream> out, const std::shared_ptr<arrow::Schema>& schema,
    const arrow::RecordBatch& sample) {
  auto writer = std::make_unique<Writer>();
  RETURN_NOT_OK(writer->Open(std::move(out), *schema, sample));
  return writer;
}

Result<std::shared_ptr<arrow::Buffer>> WriteParquet(
    const arrow::RecordBatch& batch, const std::map<std::string, std::string>& metadata) {
  ASSIGN_OR_RAISE(const auto out, arrow::io::BufferOutputStream::Create());
  ASSIGN_OR_RAISE(const auto writer, ParquetWriter::Open(out, batch.schema(), batch));
  RETURN_NOT_OK(writer->Write(batch));
  RETURN_NOT_OK(writer->Finish(metadata));
  return out->Finish();
}

}  // namespace headrace::hudi
