#include "hudi/parquet_reader.h"

#include <arrow/io/memory.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/statistics.h>

#include "hudi/conform.h"
#include "storage/object_file.h"

namespace headrace::hudi {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

constexpr int64_t kBatchRows = 16 << 10;
// A file of so many bytes is fetched at once: its footer and its columns lie together.
constexpr int64_t kSmallFileBytes = 256 << 10;

// Runs a function that may throw Parquet's exceptions.
template <typename Function>
auto Guarded(Function function) -> decltype(function()) {
  try {
    return function();
  } catch (const std::exception& error) {
    return Status::Invalid("Parquet: ", error.what());
  }
}

// The leaf columns below the top-level fields that `schema` names.
std::vector<int> LeavesOf(const parquet::SchemaDescriptor& file, const arrow::Schema& schema) {
  std::vector<int> leaves;
  for (int i = 0; i < file.num_columns(); ++i) {
    if (schema.GetFieldIndex(file.Column(i)->path()->ToDotVector()[0]) >= 0) leaves.push_back(i);
  }
  return leaves;
}

bool CanHold(const parquet::RowGroupMetaData& group, const Predicate& predicate) {
  for (const Comparison& comparison : predicate) {
    const int leaf = group.schema()->ColumnIndex(comparison.column);
    if (leaf < 0) continue;
    const auto statistics = group.ColumnChunk(leaf)->statistics();
    if (statistics == nullptr || !statistics->HasMinMax()) continue;
    std::shared_ptr<arrow::Scalar> least, greatest;
    if (!parquet::arrow::StatisticsAsScalars(*statistics, &least, &greatest).ok()) continue;
    if (!CanHold(comparison, least, greatest)) return false;
  }
  return true;
}

class ParquetBatches : public arrow::RecordBatchReader {
 public:
  ParquetBatches(std::string path, std::shared_ptr<arrow::Schema> schema)
      : path_(std::move(path)), schema_(std::move(schema)) {}

  // `object`: the same file, where it can fetch ahead.
  Status Open(std::shared_ptr<arrow::io::RandomAccessFile> file, storage::ObjectFile* object,
              const Predicate& predicate) {
    object_ = object;
    parquet::arrow::FileReaderBuilder builder;
    RETURN_NOT_OK(builder.Open(std::move(file)));
    parquet::ArrowReaderProperties properties(/*use_threads=*/false);
    properties.set_batch_size(kBatchRows);
    properties.set_pre_buffer(false);  // ObjectFile fetches ahead
    ASSIGN_OR_RAISE(
        file_, builder.memory_pool(arrow::default_memory_pool())->properties(properties)->Build());
    metadata_ = file_->parquet_reader()->metadata();
    leaves_ = LeavesOf(*metadata_->schema(), *schema_);
    for (int i = metadata_->num_row_groups() - 1; i >= 0; --i) {
      if (CanHold(*metadata_->RowGroup(i), predicate)) row_groups_.push_back(i);
    }
    return Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(BatchPtr* batch) override {
    const Status status = Guarded([&] { return Next(batch); });
    return status.ok() ? status : WithContext(path_, status);
  }

 private:
  Status Next(BatchPtr* batch) {
    *batch = nullptr;
    while (*batch == nullptr) {
      if (batches_ == nullptr) {
        if (row_groups_.empty()) return Status::OK();
        const int row_group = row_groups_.back();
        row_groups_.pop_back();
        if (leaves_.empty()) return MakeNulls(metadata_->RowGroup(row_group)->num_rows(), batch);
        RETURN_NOT_OK(Fetch(row_group));
        ASSIGN_OR_RAISE(batches_, file_->GetRecordBatchReader({row_group}, leaves_));
      }
      RETURN_NOT_OK(batches_->ReadNext(batch));
      if (*batch == nullptr) batches_ = nullptr;
    }
    return Conform(*batch, schema_).Value(batch);
  }

  // Rows of which the file has no column: all came later.
  Status MakeNulls(int64_t rows, BatchPtr* batch) const {
    const auto none = arrow::RecordBatch::Make(arrow::schema({}), rows, arrow::ArrayVector());
    return Conform(none, schema_).Value(batch);
  }

  Status Fetch(int row_group) {
    if (object_ == nullptr) return Status::OK();
    std::vector<arrow::io::ReadRange> ranges;
    const auto group = metadata_->RowGroup(row_group);
    for (const int leaf : leaves_) {
      const auto chunk = group->ColumnChunk(leaf);
      int64_t begin = chunk->data_page_offset();
      if (chunk->has_dictionary_page() && chunk->dictionary_page_offset() > 0)
        begin = std::min(begin, chunk->dictionary_page_offset());
      ranges.push_back({begin, chunk->total_compressed_size()});
    }
    return object_->Fetch(std::move(ranges));
  }

  const std::string path_;
  const std::shared_ptr<arrow::Schema> schema_;
  storage::ObjectFile* object_ = nullptr;  // owned by file_
  std::unique_ptr<parquet::arrow::FileReader> file_;
  std::shared_ptr<parquet::FileMetaData> metadata_;
  std::vector<int> leaves_;
  std::vector<int> row_groups_;  // still to read, the next one last
  std::shared_ptr<arrow::RecordBatchReader> batches_;
};

}  // namespace

Result<std::shared_ptr<arrow::RecordBatchReader>> OpenParquet(
    storage::Storage& storage, const std::string& path, int64_t size,
    const std::shared_ptr<arrow::Schema>& schema, const Predicate& predicate) {
  auto file = std::make_shared<storage::ObjectFile>(storage, path, size);
  if (size <= kSmallFileBytes) RETURN_NOT_OK(file->Fetch({{0, size}}));
  auto batches = std::make_shared<ParquetBatches>(storage.root() + "/" + path, schema);
  storage::ObjectFile* object = size <= kSmallFileBytes ? nullptr : file.get();
  const Status status = Guarded([&] { return batches->Open(file, object, predicate); });
  if (!status.ok()) return WithContext(storage.root() + "/" + path, status);
  return batches;
}

Result<std::shared_ptr<arrow::RecordBatchReader>> OpenParquet(
    std::string_view file, const std::shared_ptr<arrow::Schema>& schema) {
  auto batches = std::make_shared<ParquetBatches>("a Parquet block", schema);
  const auto buffer = std::make_shared<arrow::Buffer>(file);
  RETURN_NOT_OK(Guarded([&] {
    return batches->Open(std::make_shared<arrow::io::BufferReader>(buffer), nullptr, {});
  }));
  return batches;
}

Result<std::vector<BatchPtr>> ReadParquet(std::string_view file,
                                          const std::shared_ptr<arrow::Schema>& schema) {
  ASSIGN_OR_RAISE(const auto batches, OpenParquet(file, schema));
  return batches->ToRecordBatches();
}

Result<std::map<std::string, std::string>> ParquetKeyValues(std::string_view file) {
  return Guarded([&]() -> Result<std::map<std::string, std::string>> {
    const auto buffer = std::make_shared<arrow::Buffer>(file);
    const auto metadata =
        parquet::ParquetFileReader::Open(std::make_shared<arrow::io::BufferReader>(buffer))
            ->metadata();
    const auto& found = metadata->key_value_metadata();
    std::map<std::string, std::string> pairs;
    for (int64_t i = 0; found != nullptr && i < found->size(); ++i)
      pairs[found->key(i)] = found->value(i);
    return pairs;
  });
}

}  // namespace headrace::hudi
