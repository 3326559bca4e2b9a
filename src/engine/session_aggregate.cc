#include "engine/session_aggregate.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "engine/numbers.h"
#include "engine/rows.h"

namespace headrace::engine {
namespace {

// Some 70,000 years from 1970.
constexpr int64_t kTimeMaxUs = INT64_MAX / 4;

std::vector<std::shared_ptr<arrow::DataType>> KeyTypes(const AggregatePlan& plan) {
  std::vector<std::shared_ptr<arrow::DataType>> types;
  for (const int key : plan.aggregate().keys) types.push_back(plan.input()->field(key)->type());
  return types;
}

}  // namespace

SessionAggregateState::SessionAggregateState(const AggregatePlan& plan,
                                             std::vector<std::unique_ptr<Accumulator>> accumulators)
    : plan_(plan),
      gap_us_(plan.aggregate().window->size_us),
      store_(gap_us_),
      accumulators_(std::move(accumulators)),
      key_encoder_(KeyTypes(plan)),
      key_decoder_(KeyTypes(plan)),
      row_encoder_(DataTypes(*plan.input())),
      row_decoder_(DataTypes(*plan.input())),
      result_encoder_(DataTypes(*plan.output())),
      result_decoder_(DataTypes(*plan.output())) {}

Result<Delta> SessionAggregateState::Process(std::span<const Delta* const> inputs,
                                             MicroBatch& context) {
  if (!prepared_) RETURN_NOT_OK(PrepareRestored());
  Delta delta;
  delta.watermark = inputs[0]->watermark;
  for (const Changes& changes : inputs[0]->batches) {
    RETURN_NOT_OK(TakeBatch(changes.batch, &context));
  }
  if (!plan_.emit_final()) RETURN_NOT_OK(EmitChanges(&delta));
  RETURN_NOT_OK(Close(delta.watermark, &delta));
  watermark_.Set(delta.watermark);
  return delta;
}

Status SessionAggregateState::TakeBatch(const ChangeBatch& batch, MicroBatch* context) {
  const auto& times = static_cast<const arrow::TimestampArray&>(
      *batch->column(plan_.aggregate().window->time_column));
  const auto* watermarks = static_cast<const arrow::Int64Array*>(Watermarks(*batch));
  const int8_t* weights = Weights(*batch);
  std::vector<std::shared_ptr<arrow::Array>> keys;
  for (const int key : plan_.aggregate().keys) keys.push_back(batch->column(key));
  key_encoder_.Bind(std::move(keys));
  row_encoder_.Bind(DataArrays(*batch));
  std::vector<int64_t> late;
  std::string key;
  std::string bytes;
  for (int64_t row = 0; row < batch->num_rows(); ++row) {
    if (times.IsNull(row)) continue;
    const int64_t time_us = times.Value(row);
    if (time_us <= -kTimeMaxUs || time_us >= kTimeMaxUs) continue;
    int64_t sealed_us = std::numeric_limits<int64_t>::min();
    if (watermarks != nullptr && watermarks->IsValid(row)) {
      sealed_us = plan_.time().At(watermarks->Value(row));
      if (time_us + gap_us_ <= sealed_us) {
        late.push_back(row);
        continue;
      }
    }
    key.clear();
    bytes.clear();
    key_encoder_.Encode(row, &key);
    row_encoder_.Encode(row, &bytes);
    if (weights != nullptr && weights[row] < 0) {
      store_.Remove(key, time_us, bytes, sealed_us);
    } else {
      store_.Add(key, time_us, bytes, sealed_us);
    }
  }
  late_rows_ += static_cast<int64_t>(late.size());
  if (late.empty() || !plan_.keep_late()) return Status::OK();
  ASSIGN_OR_RAISE(ChangeBatch kept, TakeRows(batch, late));
  context->late.push_back({plan_.view(), std::move(kept)});
  return Status::OK();
}

Status SessionAggregateState::AddPending(std::string_view key, Session* session, Pending* pending) {
  const auto group = static_cast<uint32_t>(pending->sessions.size());
  pending->sessions.push_back(session);
  pending->keys.bytes += key;
  pending->keys.EndKey();
  pending->starts.push_back(session->first_us);
  pending->ends.push_back(session->last_us + gap_us_);
  for (const SessionRow& row : session->rows) {
    RETURN_NOT_OK(row_decoder_.Append(row.bytes));
    pending->groups.push_back(group);
  }
  return Status::OK();
}

// Returns the columns of the results: the window, the keys, the aggregates.
Result<std::vector<std::shared_ptr<arrow::Array>>> SessionAggregateState::Aggregate(
    Pending* pending) {
  const auto groups = static_cast<uint32_t>(pending->sessions.size());
  ASSIGN_OR_RAISE(const auto rows, row_decoder_.Finish());
  std::vector<std::shared_ptr<arrow::Array>> columns;
  const arrow::DataType& type = *plan_.output()->field(0)->type();
  ASSIGN_OR_RAISE(auto window, BuildWindows(type, pending->starts, pending->ends));
  columns.push_back(std::move(window));
  if (!plan_.aggregate().keys.empty()) {
    for (int64_t i = 0; i < pending->keys.size(); ++i) {
      RETURN_NOT_OK(key_decoder_.Append(pending->keys[i]));
    }
    ASSIGN_OR_RAISE(auto keys, key_decoder_.Finish());
    std::move(keys.begin(), keys.end(), std::back_inserter(columns));
  }
  std::vector<uint32_t> all(groups);
  for (uint32_t group = 0; group < groups; ++group) all[group] = group;
  for (size_t i = 0; i < accumulators_.size(); ++i) {
    const auto& argument = plan_.aggregate().calls[i].argument;
    Accumulator& accumulator = *accumulators_[i];
    accumulator.Resize(groups);
    RETURN_NOT_OK(accumulator.Update(argument.has_value() ? rows[*argument].get() : nullptr,
                                     pending->groups.data(), nullptr,
                                     static_cast<int64_t>(pending->groups.size())));
    ASSIGN_OR_RAISE(auto values, accumulator.Values(all));
    columns.push_back(std::move(values));
    for (const uint32_t group : all) {
      accumulator.Clear(group);
      accumulator.TakeChangedValues(group, [](std::string_view, int64_t) {});
    }
  }
  return columns;
}

Status SessionAggregateState::EmitChanges(Delta* delta) {
  Pending pending;
  RETURN_NOT_OK(store_.VisitChanged(
      [&](std::string_view key, Session& session) { return AddPending(key, &session, &pending); }));
  // What is taken back and emitted again is neither.
  std::unordered_map<std::string, int> net;
  for (std::string& result : store_.TakeGone()) --net[std::move(result)];
  if (!pending.sessions.empty()) {
    ASSIGN_OR_RAISE(auto columns, Aggregate(&pending));
    result_encoder_.Bind(std::move(columns));
    for (size_t i = 0; i < pending.sessions.size(); ++i) {
      std::string& emitted = pending.sessions[i]->emitted;
      result_encoder_.Encode(static_cast<int64_t>(i), &emitted);
      ++net[emitted];
    }
  }
  std::vector<int8_t> weights;
  for (const int8_t sign : {int8_t{-1}, int8_t{1}}) {
    for (const auto& [result, count] : net) {
      if (count * sign <= 0) continue;
      RETURN_NOT_OK(result_decoder_.Append(result));
      weights.push_back(sign);
    }
  }
  if (weights.empty()) return Status::OK();
  ASSIGN_OR_RAISE(auto columns, result_decoder_.Finish());
  const auto rows = static_cast<int64_t>(weights.size());
  return Emit(std::move(columns), rows, std::move(weights), delta);
}

// Rows carry the watermark before this micro-batch: they are no later than those they were made of.
Status SessionAggregateState::Emit(std::vector<std::shared_ptr<arrow::Array>> columns, int64_t rows,
                                   std::vector<int8_t> weights, Delta* delta) const {
  if (plan_.weighted()) columns.push_back(MakeWeights(std::move(weights)));
  if (plan_.watermarked()) {
    ASSIGN_OR_RAISE(auto watermarks, MakeWatermarks(watermark_.get(), rows));
    columns.push_back(std::move(watermarks));
  }
  delta->batches.push_back(
      {arrow::RecordBatch::Make(plan_.output(), rows, std::move(columns)), nullptr});
  return Status::OK();
}

Status SessionAggregateState::Close(std::optional<int64_t> watermark, Delta* delta) {
  if (!watermark.has_value()) return Status::OK();
  Pending pending;
  RETURN_NOT_OK(store_.Close(plan_.time().At(*watermark),
                             [&](std::string_view key, Session& session) -> Status {
                               if (!plan_.emit_final()) return Status::OK();
                               return AddPending(key, &session, &pending);
                             }));
  // With `emit: final` nothing else asks for these.
  if (plan_.emit_final()) {
    RETURN_NOT_OK(store_.VisitChanged([](std::string_view, Session&) { return Status::OK(); }));
  }
  if (pending.sessions.empty()) return Status::OK();
  ASSIGN_OR_RAISE(auto columns, Aggregate(&pending));
  const auto rows = static_cast<int64_t>(pending.sessions.size());
  return Emit(std::move(columns), rows, {}, delta);
}

Status SessionAggregateState::VisitRows(const RowVisitor& visit) {
  if (!prepared_) RETURN_NOT_OK(PrepareRestored());
  Pending pending;
  bool more = true;
  const auto hand_out = [&]() -> Status {
    if (pending.sessions.empty()) return Status::OK();
    ASSIGN_OR_RAISE(auto columns, Aggregate(&pending));
    const auto rows = std::ssize(pending.sessions);
    Delta delta;
    RETURN_NOT_OK(Emit(std::move(columns), rows, std::vector<int8_t>(rows, 1), &delta));
    pending = {};
    ASSIGN_OR_RAISE(more, visit(delta.batches[0].batch));
    return Status::OK();
  };
  RETURN_NOT_OK(store_.VisitAll([&](std::string_view key, Session& session) -> Status {
    if (!more) return Status::OK();
    RETURN_NOT_OK(AddPending(key, &session, &pending));
    return std::ssize(pending.sessions) < kVisitedRows ? Status::OK() : hand_out();
  }));
  return more ? hand_out() : Status::OK();
}

// Makes the sessions of the rows that were restored, and what was emitted for them.
Status SessionAggregateState::PrepareRestored() {
  prepared_ = true;
  store_.FinishRestore();
  if (plan_.emit_final()) return Status::OK();
  Delta unused;
  return EmitChanges(&unused);
}

void SessionAggregateState::SaveChanges(StateBlock* block) {
  store_.SaveChanges(block);
  watermark_.SaveChanges(block);
}

Status SessionAggregateState::Restore(std::string_view key, std::optional<std::string_view> value) {
  if (SessionStore::OwnsEntry(key)) return store_.Restore(key, value);
  if (SavedWatermark::OwnsEntry(key) && value.has_value()) return watermark_.Restore(*value);
  return Status::Invalid("the state of a session aggregate holds an unknown entry");
}

}  // namespace headrace::engine
