#include "engine/join_pairs.h"

#include <arrow/array/array_primitive.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>

#include <numeric>
#include <utility>

#include "engine/rows.h"
#include "format/json_writer.h"
#include "sql/structure.h"

namespace headrace::engine {
namespace {

std::shared_ptr<arrow::Array> Numbers(size_t count) {
  std::vector<int64_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), int64_t{0});
  const auto rows = static_cast<int64_t>(count);
  return std::make_shared<arrow::Int64Array>(rows, arrow::Buffer::FromVector(std::move(numbers)));
}

}  // namespace

JoinPairs::JoinPairs(const JoinPlan& plan)
    : plan_(plan),
      decoders_{format::RowDecoder(DataTypes(*plan.input(0))),
                format::RowDecoder(DataTypes(*plan.input(1)))} {}

// The residual is run over the columns it reads, and a last one with the number of the pair.
Status JoinPairs::Open() {
  const sql::ExpressionPtr& residual = plan_.spec().residual;
  if (residual == nullptr) return Status::OK();
  const std::set<int> columns = sql::ColumnsOf(*residual);
  residual_columns_.assign(columns.begin(), columns.end());
  arrow::FieldVector fields;
  for (const int column : residual_columns_) fields.push_back(plan_.both()->field(column));
  fields.push_back(arrow::field("pair", arrow::int64(), false));
  residual_schema_ = arrow::schema(std::move(fields));
  const auto filter = sql::MapColumns(residual, [&](int column) {
    return static_cast<int>(std::distance(columns.begin(), columns.find(column)));
  });
  auto number = std::make_shared<sql::Expression>(sql::Expression{
      sql::ColumnReference{static_cast<int>(residual_columns_.size())}, arrow::int64(), false, {}});
  ASSIGN_OR_RAISE(residual_,
                  sql::Evaluator::Make(residual_schema_, filter, {std::move(number)}, {"pair"}));
  return Status::OK();
}

void JoinPairs::SetNow(int64_t now_us) {
  if (residual_ != nullptr) residual_->SetNow(now_us);
}

void JoinPairs::Clear() {
  members.clear();
  batch_rows.clear();
  kept_rows.clear();
}

Result<JoinPairs::Decoded> JoinPairs::Decode(int side, const JoinSide& kept,
                                             const std::vector<uint32_t>& rows) {
  Decoded decoded;
  decoded.places.reserve(rows.size());
  if (kept.index_end() > places_.size()) places_.resize(kept.index_end() + kept.index_end() / 2);
  ++call_;
  format::RowDecoder& decoder = decoders_[side];
  uint32_t next = 0;
  for (const uint32_t row : rows) {
    Place& place = places_[row];
    if (place.call != call_) {
      place = {call_, next++};
      RETURN_NOT_OK(decoder.Append(kept.bytes(row)));
    }
    decoded.places.push_back(place.place);
  }
  ASSIGN_OR_RAISE(decoded.columns, decoder.Finish());
  return decoded;
}

Status JoinPairs::RunResidual(const std::shared_ptr<arrow::RecordBatch>& batch,
                              const int8_t* weights, std::vector<int64_t>* passed,
                              MicroBatch* context) {
  if (batch->num_rows() == 0) return Status::OK();
  const auto result = residual_->Run(batch);
  if (result.ok()) {
    const auto& numbers = static_cast<const arrow::Int64Array&>(*(*result)->column(0));
    passed->insert(passed->end(), numbers.raw_values(), numbers.raw_values() + numbers.length());
    return Status::OK();
  }
  if (KindOf(result.status()) != ErrorKind::kUser) return result.status();
  if (batch->num_rows() == 1) {
    const auto& number = static_cast<const arrow::Int64Array&>(*batch->columns().back());
    // What is retracted failed when it appeared too, and was put aside then.
    if (weights != nullptr && weights[batch_rows[number.Value(0)]] < 0) return Status::OK();
    MicroBatch::RejectedRow row{plan_.view(), result.status().message(), std::nullopt, ""};
    ASSIGN_OR_RAISE(const auto pair, batch->RemoveColumn(batch->num_columns() - 1));
    format::WriteJsonRow(*pair, 0, &row.row_json);
    context->rejected.push_back(std::move(row));
    return Status::OK();
  }
  const int64_t half = batch->num_rows() / 2;
  RETURN_NOT_OK(RunResidual(batch->Slice(0, half), weights, passed, context));
  return RunResidual(batch->Slice(half), weights, passed, context);
}

void JoinPairs::Keep(const std::vector<int64_t>& indexes) {
  for (size_t i = 0; i < indexes.size(); ++i) {
    members[i] = members[indexes[i]];
    batch_rows[i] = batch_rows[indexes[i]];
    kept_rows[i] = kept_rows[indexes[i]];
  }
  members.resize(indexes.size());
  batch_rows.resize(indexes.size());
  kept_rows.resize(indexes.size());
}

Status JoinPairs::Filter(int side, const ChangeBatch& batch, const JoinSide& kept,
                         MicroBatch* context) {
  if (residual_ == nullptr || size() == 0) return Status::OK();
  ASSIGN_OR_RAISE(const Decoded decoded, Decode(1 - side, kept, kept_rows));
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const int column : residual_columns_) {
    const bool own = SideOf(column) == side;
    ASSIGN_OR_RAISE(auto values, TakeValues(own ? batch->column(ColumnOf(column))
                                                : decoded.columns[ColumnOf(column)],
                                            own ? batch_rows : decoded.places));
    columns.push_back(std::move(values));
  }
  columns.push_back(Numbers(size()));
  const auto pairs =
      arrow::RecordBatch::Make(residual_schema_, static_cast<int64_t>(size()), std::move(columns));
  std::vector<int64_t> passed;
  RETURN_NOT_OK(RunResidual(pairs, Weights(*batch), &passed, context));
  if (passed.size() < size()) Keep(passed);
  return Status::OK();
}

Result<std::vector<std::shared_ptr<arrow::Array>>> JoinPairs::OutputColumns(
    int side, const ChangeBatch& batch, const JoinSide& kept, const std::vector<int64_t>& indexes) {
  std::vector<int64_t> own_rows;
  std::vector<uint32_t> other_rows;
  own_rows.reserve(indexes.size());
  other_rows.reserve(indexes.size());
  for (const int64_t index : indexes) {
    own_rows.push_back(batch_rows[index]);
    other_rows.push_back(kept_rows[index]);
  }
  ASSIGN_OR_RAISE(const Decoded decoded, Decode(1 - side, kept, other_rows));
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const int output : plan_.spec().outputs) {
    const bool own = SideOf(output) == side;
    ASSIGN_OR_RAISE(auto values, TakeValues(own ? batch->column(ColumnOf(output))
                                                : decoded.columns[ColumnOf(output)],
                                            own ? own_rows : decoded.places));
    columns.push_back(std::move(values));
  }
  return columns;
}

Result<std::vector<std::shared_ptr<arrow::Array>>> JoinPairs::KeptAlone(
    int side, const JoinSide& kept, const std::vector<uint32_t>& rows) {
  ASSIGN_OR_RAISE(const Decoded decoded, Decode(side, kept, rows));
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const int output : plan_.spec().outputs) {
    if (SideOf(output) != side) {
      ASSIGN_OR_RAISE(auto nulls, arrow::MakeArrayOfNull(plan_.both()->field(output)->type(),
                                                         static_cast<int64_t>(rows.size())));
      columns.push_back(std::move(nulls));
      continue;
    }
    ASSIGN_OR_RAISE(auto values, TakeValues(decoded.columns[ColumnOf(output)], decoded.places));
    columns.push_back(std::move(values));
  }
  return columns;
}

Result<std::vector<std::shared_ptr<arrow::Array>>> JoinPairs::BatchAlone(
    int side, const ChangeBatch& batch, const std::vector<int64_t>& rows) {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const int output : plan_.spec().outputs) {
    if (SideOf(output) != side) {
      ASSIGN_OR_RAISE(auto nulls, arrow::MakeArrayOfNull(plan_.both()->field(output)->type(),
                                                         static_cast<int64_t>(rows.size())));
      columns.push_back(std::move(nulls));
      continue;
    }
    ASSIGN_OR_RAISE(auto values, TakeValues(batch->column(ColumnOf(output)), rows));
    columns.push_back(std::move(values));
  }
  return columns;
}

}  // namespace headrace::engine
