#include "hudi/base_file.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/builder_binary.h>

#include <algorithm>

#include "hudi/parquet_file.h"
#include "hudi/table_schema.h"

namespace headrace::hudi {

Result<std::shared_ptr<arrow::Array>> RepeatText(const std::string& text, int64_t rows) {
  arrow::StringBuilder builder;
  RETURN_NOT_OK(builder.Reserve(rows));
  RETURN_NOT_OK(builder.ReserveData(rows * static_cast<int64_t>(text.size())));
  for (int64_t i = 0; i < rows; ++i) builder.UnsafeAppend(text);
  return builder.Finish();
}

Result<std::string> EncodeBaseFile(const std::shared_ptr<arrow::RecordBatch>& rows,
                                   const std::string& schema_json, const std::string& file_name) {
  ASSIGN_OR_RAISE(auto names, RepeatText(file_name, rows->num_rows()));
  ASSIGN_OR_RAISE(const auto batch,
                  rows->SetColumn(kFileName, rows->schema()->field(kFileName), std::move(names)));
  std::map<std::string, std::string> footer = {{"parquet.avro.schema", schema_json}};
  const auto& keys = static_cast<const arrow::StringArray&>(*batch->column(kRecordKey));
  if (keys.length() > 0) {
    std::string_view least = keys.GetView(0), greatest = least;
    for (int64_t row = 1; row < keys.length(); ++row) {
      least = std::min(least, keys.GetView(row));
      greatest = std::max(greatest, keys.GetView(row));
    }
    footer.emplace("hoodie_min_record_key", least);
    footer.emplace("hoodie_max_record_key", greatest);
  }
  return WriteParquet(batch, footer);
}

}  // namespace headrace::hudi
