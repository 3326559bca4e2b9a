#include "engine/rows.h"

#include <arrow/array/array_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/scalar.h>
#include <arrow/type_traits.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>
#include <utility>

namespace headrace::engine {
namespace {

// Wraps the indexes without copying them.
std::shared_ptr<arrow::Array> IndexArray(const std::vector<int64_t>& indexes) {
  return std::make_shared<arrow::Int64Array>(static_cast<int64_t>(indexes.size()),
                                             arrow::Buffer::Wrap(indexes));
}

}  // namespace

Result<ChangeBatch> TakeRows(const ChangeBatch& batch, const std::vector<int64_t>& indexes) {
  ARROW_ASSIGN_OR_RAISE(arrow::Datum taken,
                        arrow::compute::Take(batch, IndexArray(indexes),
                                             arrow::compute::TakeOptions::NoBoundsCheck()));
  return taken.record_batch();
}

Result<std::shared_ptr<arrow::Array>> TakeValues(const std::shared_ptr<arrow::Array>& values,
                                                 const std::vector<int64_t>& indexes) {
  // As many as there are values and each greater than the one before: all of them.
  if (static_cast<int64_t>(indexes.size()) == values->length() &&
      std::adjacent_find(indexes.begin(), indexes.end(), std::greater_equal<>()) == indexes.end()) {
    return values;
  }
  return arrow::compute::Take(*values, *IndexArray(indexes),
                              arrow::compute::TakeOptions::NoBoundsCheck());
}

Result<std::shared_ptr<arrow::Array>> JoinValues(std::shared_ptr<arrow::Array> first,
                                                 std::shared_ptr<arrow::Array> second) {
  if (first->length() == 0) return second;
  if (second->length() == 0) return first;
  return arrow::Concatenate({std::move(first), std::move(second)});
}

void MarkDifferences(const arrow::Array& left, const arrow::Array& right,
                     std::vector<bool>* differs) {
  const arrow::DataType& type = *left.type();
  const int width =
      arrow::is_fixed_width(type.id()) && type.id() != arrow::Type::BOOL ? type.byte_width() : 0;
  if (width == 0) {
    for (int64_t i = 0; i < left.length(); ++i) {
      if (!left.RangeEquals(i, i + 1, i, right)) (*differs)[i] = true;
    }
    return;
  }
  const uint8_t* left_bytes = left.data()->buffers[1]->data() + left.offset() * width;
  const uint8_t* right_bytes = right.data()->buffers[1]->data() + right.offset() * width;
  for (int64_t i = 0; i < left.length(); ++i) {
    const bool valid = left.IsValid(i);
    if (valid != right.IsValid(i) ||
        (valid && std::memcmp(left_bytes + i * width, right_bytes + i * width, width) != 0)) {
      (*differs)[i] = true;
    }
  }
}

std::vector<std::shared_ptr<arrow::Array>> DataArrays(const arrow::RecordBatch& batch) {
  std::vector<std::shared_ptr<arrow::Array>> columns = batch.columns();
  columns.resize(DataColumns(*batch.schema()));
  return columns;
}

std::vector<std::shared_ptr<arrow::DataType>> DataTypes(const arrow::Schema& schema) {
  std::vector<std::shared_ptr<arrow::DataType>> types;
  const int columns = DataColumns(schema);
  for (int i = 0; i < columns; ++i) types.push_back(schema.field(i)->type());
  return types;
}

Result<ChangeBatch> PresentRows(const std::shared_ptr<arrow::Schema>& output,
                                format::RowDecoder* decoder) {
  const int64_t rows = decoder->rows();
  ASSIGN_OR_RAISE(auto columns, decoder->Finish());
  if (output->GetFieldIndex(std::string(kWeightColumn)) >= 0)
    columns.push_back(MakeWeights(std::vector<int8_t>(static_cast<size_t>(rows), 1)));
  if (output->GetFieldIndex(std::string(kWatermarkColumn)) >= 0) {
    ASSIGN_OR_RAISE(auto watermarks, MakeWatermarks(std::nullopt, rows));
    columns.push_back(std::move(watermarks));
  }
  return arrow::RecordBatch::Make(output, rows, std::move(columns));
}

std::shared_ptr<arrow::Array> MakeWeights(std::vector<int8_t> weights) {
  const auto rows = static_cast<int64_t>(weights.size());
  return std::make_shared<arrow::Int8Array>(rows, arrow::Buffer::FromVector(std::move(weights)));
}

Result<std::shared_ptr<arrow::Array>> MakeWatermarks(std::optional<int64_t> watermark,
                                                     int64_t rows) {
  if (!watermark.has_value()) return arrow::MakeArrayOfNull(arrow::int64(), rows);
  return arrow::MakeArrayFromScalar(arrow::Int64Scalar(*watermark), rows);
}

}  // namespace headrace::engine
