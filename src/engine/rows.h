// Picks and joins rows of Arrow batches.
#pragma once

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/change_batch.h"
#include "base/status.h"
#include "format/row_codec.h"

namespace headrace::engine {

// Returns the rows of `batch` at `indexes`, in that order.
Result<ChangeBatch> TakeRows(const ChangeBatch& batch, const std::vector<int64_t>& indexes);
Result<std::shared_ptr<arrow::Array>> TakeValues(const std::shared_ptr<arrow::Array>& values,
                                                 const std::vector<int64_t>& indexes);

// Returns `first` and behind it `second`, of one type.
Result<std::shared_ptr<arrow::Array>> JoinValues(std::shared_ptr<arrow::Array> first,
                                                 std::shared_ptr<arrow::Array> second);

// Sets differs[i] where left[i] and right[i], of one type and length, are not the same value.
void MarkDifferences(const arrow::Array& left, const arrow::Array& right,
                     std::vector<bool>* differs);

// Returns the data columns of `batch`, without system columns.
std::vector<std::shared_ptr<arrow::Array>> DataArrays(const arrow::RecordBatch& batch);
std::vector<std::shared_ptr<arrow::DataType>> DataTypes(const arrow::Schema& schema);

// Returns the rows that `decoder` holds as a batch of `output`, whose system columns say that each
// is there once, before any watermark.
Result<ChangeBatch> PresentRows(const std::shared_ptr<arrow::Schema>& output,
                                format::RowDecoder* decoder);

// Arrays of system columns.
std::shared_ptr<arrow::Array> MakeWeights(std::vector<int8_t> weights);
// All rows have the one watermark, or none.
Result<std::shared_ptr<arrow::Array>> MakeWatermarks(std::optional<int64_t> watermark,
                                                     int64_t rows);

}  // namespace headrace::engine
