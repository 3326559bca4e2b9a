#include "hudi/data_block.h"

#include <utility>

#include "avro/row_encoder.h"
#include "avro/row_reader.h"
#include "avro/schema.h"
#include "hudi/big_endian.h"
#include "hudi/parquet_reader.h"
#include "hudi/table_schema.h"
#include "sql/type.h"

namespace headrace::hudi {
namespace {

constexpr int32_t kAvroBlockVersion = 3;
constexpr int64_t kBatchRows = 16 << 10;

using BatchVisitor = std::function<Status(std::shared_ptr<arrow::RecordBatch>)>;

Status VisitAvroBlock(const LogBlock& block, const std::shared_ptr<arrow::Schema>& schema,
                      const BatchVisitor& visit) {
  ASSIGN_OR_RAISE(avro::TypePtr writer, avro::ParseSchema(block.Header(LogHeader::kSchema)));
  avro::RowReader reader(std::move(writer), schema, sql::TypeName);
  std::vector<ColumnBuilder> columns = MakeColumnBuilders(*schema);
  std::string_view rest = block.content;
  int32_t version = 0, count = 0;
  if (!TakeBigEndian(&rest, &version) || !TakeBigEndian(&rest, &count) ||
      version != kAvroBlockVersion || count < 0)
    return Status::Invalid("an Avro block has version ", version, ", headrace reads version ",
                           kAvroBlockVersion);
  for (int64_t rows = 0; count > 0 || rows > 0;) {
    for (; count > 0 && rows < kBatchRows; --count, ++rows) {
      int32_t length = 0;
      std::string_view row;
      if (!TakeBigEndian(&rest, &length) || !TakeBytes(&rest, length, &row))
        return Status::Invalid("an Avro block is cut");
      if (reader.Read(row, &columns)) continue;
      RETURN_NOT_OK(reader.fatal());
      return Status::Invalid("a row of an Avro block doesn't fit: ", reader.path(),
                             reader.path().empty() ? "" : ": ", reader.reason());
    }
    ASSIGN_OR_RAISE(auto batch, FinishBatch(schema, std::exchange(rows, 0), &columns));
    RETURN_NOT_OK(visit(std::move(batch)));
  }
  return Status::OK();
}

}  // namespace

bool IsAvroBlock(int64_t rows, const arrow::Schema& schema, const std::string& order_by) {
  const auto ordering = schema.GetFieldByName(order_by);
  return rows <= kAvroBlockRowsMax ||
         (ordering != nullptr && ordering->type()->id() == arrow::Type::STRING);
}

Result<std::string> EncodeAvroBlock(const std::shared_ptr<arrow::RecordBatch>& batch) {
  const avro::TypePtr type = ToAvroRecord(*batch->schema(), "block");
  ASSIGN_OR_RAISE(const auto encoder, avro::RowEncoder::Make(*type, *batch));
  std::string content, row;
  AppendBigEndian(kAvroBlockVersion, &content);
  AppendBigEndian(static_cast<int32_t>(batch->num_rows()), &content);
  for (int64_t i = 0; i < batch->num_rows(); ++i) {
    row.clear();
    RETURN_NOT_OK(encoder->Encode(i, &row));
    if (row.size() > INT32_MAX) return Status::Invalid("a record has more than 2 GiB");
    AppendBigEndian(static_cast<int32_t>(row.size()), &content);
    content += row;
  }
  return content;
}

Status VisitDataBlock(const LogBlock& block, const std::shared_ptr<arrow::Schema>& schema,
                      const std::function<Status(std::shared_ptr<arrow::RecordBatch>)>& visit) {
  if (block.Header(LogHeader::kIsPartial) == "true")
    return Status::Invalid("the block holds partial updates, which headrace doesn't read");
  if (block.type == LogBlockType::kAvroData) return VisitAvroBlock(block, schema, visit);
  if (block.type != LogBlockType::kParquetData)
    return Status::Invalid("the block has the type ", static_cast<int32_t>(block.type),
                           ", headrace reads Avro and Parquet data blocks");
  ASSIGN_OR_RAISE(const auto batches, OpenParquet(block.content, schema));
  for (auto batch : *batches) {
    RETURN_NOT_OK(batch.status());
    RETURN_NOT_OK(visit(std::move(*batch)));
  }
  return Status::OK();
}

Result<std::vector<std::shared_ptr<arrow::RecordBatch>>> ReadDataBlock(
    const LogBlock& block, const std::shared_ptr<arrow::Schema>& schema) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  RETURN_NOT_OK(VisitDataBlock(block, schema, [&](std::shared_ptr<arrow::RecordBatch> batch) {
    batches.push_back(std::move(batch));
    return Status::OK();
  }));
  return batches;
}

}  // namespace headrace::hudi
