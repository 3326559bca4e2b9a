#include "hudi/base_file.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_dict.h>
#include <arrow/array/util.h>
#include <arrow/scalar.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "hudi/table_schema.h"

namespace headrace::hudi {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

// The meta columns alone take about so much.
constexpr int64_t kRowBytesMin = 16;

Result<BatchPtr> BaseFileWriter::Named(const BatchPtr& rows) const {
  ASSIGN_OR_RAISE(const auto names, arrow::MakeArrayFromScalar(arrow::StringScalar(file_name_), 1));
  ASSIGN_OR_RAISE(const auto first,
                  arrow::MakeArrayFromScalar(arrow::Int8Scalar(0), rows->num_rows()));
  ASSIGN_OR_RAISE(auto column, arrow::DictionaryArray::FromArrays(first, names));
  const auto field = rows->schema()->field(kFileName)->WithType(column->type());
  return rows->SetColumn(kFileName, field, std::move(column));
}

void BaseFileWriter::AddKeys(const arrow::Array& column) {
  const auto& keys = static_cast<const arrow::StringArray&>(column);
  std::string_view least = rows_ == 0 ? keys.GetView(0) : least_key_;
  std::string_view greatest = rows_ == 0 ? keys.GetView(0) : greatest_key_;
  for (int64_t row = 0; row < keys.length(); ++row) {
    least = std::min(least, keys.GetView(row));
    greatest = std::max(greatest, keys.GetView(row));
    filter_.Add(keys.GetView(row));
  }
  if (least.data() != least_key_.data()) least_key_ = least;
  if (greatest.data() != greatest_key_.data()) greatest_key_ = greatest;
}

Status BaseFileWriter::Write(const BatchPtr& rows) {
  ASSIGN_OR_RAISE(const BatchPtr named, Named(rows));
  if (writer_ == nullptr)
    RETURN_NOT_OK(ParquetWriter::Open(out_, named->schema(), *named).Value(&writer_));
  if (rows->num_rows() == 0) return Status::OK();
  AddKeys(*rows->column(kRecordKey));
  rows_ += rows->num_rows();
  return writer_->Write(*named);
}

Status BaseFileWriter::WriteAll(arrow::RecordBatchReader& rows) {
  for (const auto& item : rows) {
    ASSIGN_OR_RAISE(const BatchPtr batch, item);
    RETURN_NOT_OK(Write(batch));
  }
  return Status::OK();
}

Status BaseFileWriter::Finish(const std::string& table_name) {
  if (writer_ == nullptr) {
    ASSIGN_OR_RAISE(const BatchPtr none, arrow::RecordBatch::MakeEmpty(schema_));
    RETURN_NOT_OK(Write(none));
  }
  std::map<std::string, std::string> footer = {
      {"parquet.avro.schema", ToAvroSchemaJson(*schema_, table_name)},
      {"org.apache.hudi.bloomfilter", filter_.ToText()},
      {"hoodie_bloom_filter_type_code", "SIMPLE"}};
  if (rows_ > 0) {
    footer.emplace("hoodie_min_record_key", least_key_);
    footer.emplace("hoodie_max_record_key", greatest_key_);
  }
  return writer_->Finish(footer);
}

int64_t RowsExpected(int64_t file_bytes) { return file_bytes / kRowBytesMin; }

}  // namespace headrace::hudi
