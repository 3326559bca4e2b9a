#include "base/change_batch.h"

#include <arrow/array.h>

namespace headrace {

int DataColumns(const arrow::Schema& schema) {
  int count = schema.num_fields();
  while (count > 0 && (schema.field(count - 1)->name() == kWeightColumn ||
                       schema.field(count - 1)->name() == kWatermarkColumn)) {
    --count;
  }
  return count;
}

const int8_t* Weights(const arrow::RecordBatch& batch) {
  for (int i = DataColumns(*batch.schema()); i < batch.num_columns(); ++i) {
    if (batch.schema()->field(i)->name() != kWeightColumn) continue;
    return static_cast<const arrow::Int8Array&>(*batch.column(i)).raw_values();
  }
  return nullptr;
}

const arrow::Array* Watermarks(const arrow::RecordBatch& batch) {
  for (int i = DataColumns(*batch.schema()); i < batch.num_columns(); ++i) {
    if (batch.schema()->field(i)->name() == kWatermarkColumn) return batch.column(i).get();
  }
  return nullptr;
}

std::shared_ptr<arrow::Schema> ChangeSchema(const arrow::Schema& data, bool weighted,
                                            bool watermarked) {
  arrow::FieldVector fields = data.fields();
  if (weighted) fields.push_back(arrow::field(std::string(kWeightColumn), arrow::int8(), false));
  if (watermarked) fields.push_back(arrow::field(std::string(kWatermarkColumn), arrow::int64()));
  return arrow::schema(std::move(fields));
}

}  // namespace headrace
