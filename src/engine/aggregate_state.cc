#include "engine/aggregate_state.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>

#include <algorithm>
#include <utility>

#include "engine/bytes.h"
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

// Returns the values of `before` at `retracted` and behind them those of `now` at `added`.
Result<std::shared_ptr<arrow::Array>> RetractAndAdd(const std::shared_ptr<arrow::Array>& before,
                                                    const std::vector<int64_t>& retracted,
                                                    const std::shared_ptr<arrow::Array>& now,
                                                    const std::vector<int64_t>& added) {
  ASSIGN_OR_RAISE(auto gone, TakeValues(before, retracted));
  ASSIGN_OR_RAISE(auto come, TakeValues(now, added));
  return JoinValues(std::move(gone), std::move(come));
}

// Whether the bounds of a window around the time can be computed.
bool HasWindow(int64_t time_us) { return time_us > -kTimeMaxUs && time_us < kTimeMaxUs; }

int64_t WindowStart(std::string_view key) {
  int64_t start = 0;
  std::memcpy(&start, key.data(), sizeof(start));
  return start;
}

}  // namespace

AggregateState::AggregateState(const AggregatePlan& plan,
                               std::vector<std::unique_ptr<Accumulator>> accumulators)
    : plan_(plan),
      windowed_(plan.aggregate().window.has_value()),
      tracks_windows_(windowed_ && plan.watermarked()),
      key_encoder_(KeyTypes(plan)),
      key_decoder_(KeyTypes(plan)),
      store_(std::move(accumulators)) {
  if (windowed_) assigner_.emplace(*plan.aggregate().window);
}

Result<Delta> AggregateState::Process(std::span<const Delta* const> inputs, MicroBatch& context) {
  if (!prepared_) PrepareRestored();
  Delta delta;
  delta.watermark = inputs[0]->watermark;
  ++micro_batch_;
  touched_.clear();
  touched_keys_.clear();
  assignments_.clear();
  if (plan_.global() && store_.groups_end() == 0) {
    keys_.clear();
    keys_.EndKey();
    assigned_.resize(1);
    store_.Assign(keys_, assigned_.data(), &inserted_);
    Touch(assigned_[0], "");
  }
  for (const Changes& changes : inputs[0]->batches) {
    RETURN_NOT_OK(AssignBatch(changes.batch, &context));
  }
  if (!touched_.empty()) {
    Before before;
    if (!plan_.emit_final()) {
      ASSIGN_OR_RAISE(before, RememberTouched());
    }
    for (const Assignment& assignment : assignments_) RETURN_NOT_OK(Update(assignment));
    if (!plan_.emit_final()) RETURN_NOT_OK(EmitChanges(before, &delta));
    global_emitted_ = true;
    if (!plan_.global() && !tracks_windows_) DropEmptyGroups();
  }
  assignments_.clear();
  if (tracks_windows_) RETURN_NOT_OK(CloseWindows(delta.watermark, &delta));
  watermark_.Set(delta.watermark);
  return delta;
}

Status AggregateState::AssignBatch(const ChangeBatch& batch, MicroBatch* context) {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const int key : plan_.aggregate().keys) columns.push_back(batch->column(key));
  key_encoder_.Bind(std::move(columns));
  if (windowed_) return AssignWindows(batch, context);
  AssignPlain(batch);
  return Status::OK();
}

void AggregateState::AssignPlain(const ChangeBatch& batch) {
  const int64_t rows = batch->num_rows();
  Assignment assignment{batch, std::vector<uint32_t>(rows, 0)};
  if (plan_.global()) {
    Touch(0, "");
  } else {
    keys_.clear();
    for (int64_t row = 0; row < rows; ++row) {
      key_encoder_.Encode(row, &keys_.bytes);
      keys_.EndKey();
    }
    inserted_.clear();
    store_.Assign(keys_, assignment.groups.data(), &inserted_);
    for (int64_t row = 0; row < rows; ++row) Touch(assignment.groups[row], keys_[row]);
  }
  assignments_.push_back(std::move(assignment));
}

// One assignment for the last window that holds each row, one for the window before it, and so on.
// A row is late where its last window is closed, for all others end earlier.
Status AggregateState::AssignWindows(const ChangeBatch& batch, MicroBatch* context) {
  const auto& times = static_cast<const arrow::TimestampArray&>(
      *batch->column(plan_.aggregate().window->time_column));
  const auto* watermarks = static_cast<const arrow::Int64Array*>(Watermarks(*batch));
  const int64_t rows = batch->num_rows();
  const int64_t size_us = assigner_->size_us();
  std::vector<int64_t> late;
  std::vector<int64_t> members;
  for (int64_t nth = 0; nth < assigner_->overlap(); ++nth) {
    keys_.clear();
    members.clear();
    for (int64_t row = 0; row < rows; ++row) {
      if (times.IsNull(row) || !HasWindow(times.Value(row))) continue;
      const int64_t time_us = times.Value(row);
      const int64_t start_us = assigner_->LastStart(time_us) - nth * assigner_->slide_us();
      const int64_t end_us = start_us + size_us;
      if (time_us >= end_us) continue;
      if (watermarks != nullptr && watermarks->IsValid(row) &&
          end_us <= plan_.time().At(watermarks->Value(row))) {
        if (nth == 0) late.push_back(row);
        continue;
      }
      AppendNumber(start_us, &keys_.bytes);
      key_encoder_.Encode(row, &keys_.bytes);
      keys_.EndKey();
      members.push_back(row);
    }
    if (members.empty()) continue;
    Assignment assignment{batch, {}};
    AssignKeys(&assignment, members);
    assignments_.push_back(std::move(assignment));
  }
  return PutLateAside(batch, late, context);
}

void AggregateState::AssignKeys(Assignment* assignment, const std::vector<int64_t>& rows) {
  const auto batch_rows = static_cast<size_t>(assignment->batch->num_rows());
  assigned_.resize(rows.size());
  inserted_.clear();
  store_.Assign(keys_, assigned_.data(), &inserted_);
  if (tracks_windows_) {
    for (const uint32_t group : inserted_) {
      windows_[WindowStart(store_.key(group))].push_back(group);
    }
  }
  for (size_t i = 0; i < rows.size(); ++i) Touch(assigned_[i], keys_[static_cast<int64_t>(i)]);
  if (rows.size() == batch_rows) {
    assignment->groups = assigned_;
    return;
  }
  assignment->groups.assign(batch_rows, kNoGroup);
  for (size_t i = 0; i < rows.size(); ++i) assignment->groups[rows[i]] = assigned_[i];
}

void AggregateState::Touch(uint32_t group, std::string_view key) {
  if (group >= touched_in_.size()) touched_in_.resize(std::max(group + 1, store_.groups_end()));
  if (touched_in_[group] == micro_batch_) return;
  touched_in_[group] = micro_batch_;
  touched_.push_back(group);
  touched_keys_.bytes += key;
  touched_keys_.EndKey();
  store_.MarkChanged(group);
}

Status AggregateState::PutLateAside(const ChangeBatch& batch, const std::vector<int64_t>& rows,
                                    MicroBatch* context) {
  if (rows.empty()) return Status::OK();
  late_rows_ += static_cast<int64_t>(rows.size());
  if (!plan_.keep_late()) return Status::OK();
  ASSIGN_OR_RAISE(ChangeBatch late, TakeRows(batch, rows));
  context->late.push_back({plan_.view(), std::move(late)});
  return Status::OK();
}

Status AggregateState::Update(const Assignment& assignment) {
  std::vector<const arrow::Array*> arguments;
  for (const sql::AggregateCall& call : plan_.aggregate().calls) {
    arguments.push_back(call.argument.has_value() ? assignment.batch->column(*call.argument).get()
                                                  : nullptr);
  }
  return store_.Update(arguments, assignment.groups.data(), Weights(*assignment.batch),
                       assignment.batch->num_rows());
}

Result<AggregateState::Before> AggregateState::RememberTouched() {
  Before before;
  before.present.reserve(touched_.size());
  for (const uint32_t group : touched_) before.present.push_back(store_.rows(group) > 0);
  // The one group of a global aggregate is there from its first micro-batch on.
  if (plan_.global()) before.present[0] = global_emitted_;
  ASSIGN_OR_RAISE(before.values, store_.Values(touched_));
  return before;
}

Status AggregateState::EmitChanges(const Before& before, Delta* delta) {
  ASSIGN_OR_RAISE(auto values, store_.Values(touched_));
  std::vector<bool> differs(touched_.size(), false);
  for (size_t i = 0; i < values.size(); ++i) {
    MarkDifferences(*before.values[i], *values[i], &differs);
  }
  std::vector<int64_t> retracted;
  std::vector<int64_t> added;
  for (size_t i = 0; i < touched_.size(); ++i) {
    const bool present = plan_.global() || store_.rows(touched_[i]) > 0;
    if (before.present[i] && present && !differs[i]) continue;
    if (before.present[i]) retracted.push_back(static_cast<int64_t>(i));
    if (present) added.push_back(static_cast<int64_t>(i));
  }
  if (retracted.empty() && added.empty()) return Status::OK();
  ASSIGN_OR_RAISE(auto columns, KeyColumns(touched_keys_));
  for (auto& column : columns) {
    ASSIGN_OR_RAISE(column, RetractAndAdd(column, retracted, column, added));
  }
  for (size_t i = 0; i < values.size(); ++i) {
    ASSIGN_OR_RAISE(auto column, RetractAndAdd(before.values[i], retracted, values[i], added));
    columns.push_back(std::move(column));
  }
  const size_t rows = retracted.size() + added.size();
  std::vector<int8_t> weights(rows, 1);
  std::fill_n(weights.begin(), retracted.size(), int8_t{-1});
  ASSIGN_OR_RAISE(auto batch,
                  MakeBatch(std::move(columns), static_cast<int64_t>(rows), std::move(weights)));
  delta->batches.push_back({std::move(batch), nullptr});
  return Status::OK();
}

void AggregateState::DropEmptyGroups() {
  for (const uint32_t group : touched_) {
    if (store_.rows(group) == 0) store_.Drop(group);
  }
}

Status AggregateState::CloseWindows(std::optional<int64_t> watermark, Delta* delta) {
  if (!watermark.has_value()) return Status::OK();
  const int64_t end_us = plan_.time().At(*watermark);
  std::vector<uint32_t> closed;
  auto window = windows_.begin();
  for (; window != windows_.end(); ++window) {
    if (window->first + assigner_->size_us() > end_us) break;
    closed.insert(closed.end(), window->second.begin(), window->second.end());
  }
  windows_.erase(windows_.begin(), window);
  if (closed.empty()) return Status::OK();
  if (plan_.emit_final()) {
    std::vector<uint32_t> filled;
    PackedKeys keys;
    for (const uint32_t group : closed) {
      if (store_.rows(group) <= 0) continue;
      filled.push_back(group);
      keys.bytes += store_.key(group);
      keys.EndKey();
    }
    ASSIGN_OR_RAISE(auto columns, KeyColumns(keys));
    ASSIGN_OR_RAISE(auto values, store_.Values(filled));
    std::move(values.begin(), values.end(), std::back_inserter(columns));
    ASSIGN_OR_RAISE(auto batch, MakeBatch(std::move(columns), keys.size(), {}));
    if (batch->num_rows() > 0) delta->batches.push_back({std::move(batch), nullptr});
  }
  for (const uint32_t group : closed) store_.Drop(group);
  return Status::OK();
}

// Rows carry the watermark before this micro-batch: they are no later than those they were made of.
Result<ChangeBatch> AggregateState::MakeBatch(std::vector<std::shared_ptr<arrow::Array>> columns,
                                              int64_t rows, std::vector<int8_t> weights) {
  if (plan_.weighted()) columns.push_back(MakeWeights(std::move(weights)));
  if (plan_.watermarked()) {
    ASSIGN_OR_RAISE(auto watermarks, MakeWatermarks(watermark_.get(), rows));
    columns.push_back(std::move(watermarks));
  }
  return arrow::RecordBatch::Make(plan_.output(), rows, std::move(columns));
}

Result<std::vector<std::shared_ptr<arrow::Array>>> AggregateState::KeyColumns(
    const PackedKeys& keys) {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  if (windowed_) {
    std::vector<int64_t> starts(keys.size());
    for (int64_t i = 0; i < keys.size(); ++i) starts[i] = WindowStart(keys[i]);
    ASSIGN_OR_RAISE(auto window, WindowColumn(starts));
    columns.push_back(std::move(window));
  }
  if (plan_.aggregate().keys.empty()) return columns;
  const size_t prefix = windowed_ ? sizeof(int64_t) : 0;
  for (int64_t i = 0; i < keys.size(); ++i) {
    RETURN_NOT_OK(key_decoder_.Append(keys[i].substr(prefix)));
  }
  ASSIGN_OR_RAISE(auto decoded, key_decoder_.Finish());
  std::move(decoded.begin(), decoded.end(), std::back_inserter(columns));
  return columns;
}

Result<std::shared_ptr<arrow::Array>> AggregateState::WindowColumn(
    const std::vector<int64_t>& starts) const {
  std::vector<int64_t> ends(starts);
  for (int64_t& end : ends) end += assigner_->size_us();
  return BuildWindows(*plan_.output()->field(0)->type(), starts, ends);
}

void AggregateState::PrepareRestored() {
  prepared_ = true;
  global_emitted_ = store_.groups_end() > 0;
  if (!tracks_windows_) return;
  for (uint32_t group = 0; group < store_.groups_end(); ++group) {
    if (store_.live(group)) windows_[WindowStart(store_.key(group))].push_back(group);
  }
}

Status AggregateState::VisitRows(const RowVisitor& visit) {
  if (!prepared_) PrepareRestored();
  std::vector<uint32_t> groups;
  PackedKeys keys;
  for (uint32_t group = 0; group < store_.groups_end(); ++group) {
    const bool present = store_.live(group) && (plan_.global() || store_.rows(group) > 0);
    if (present) {
      groups.push_back(group);
      keys.bytes += store_.key(group);
      keys.EndKey();
    }
    const bool last = group + 1 == store_.groups_end();
    if (groups.empty() || (!last && std::ssize(groups) < kVisitedRows)) continue;
    ASSIGN_OR_RAISE(auto columns, KeyColumns(keys));
    ASSIGN_OR_RAISE(auto values, store_.Values(groups));
    std::move(values.begin(), values.end(), std::back_inserter(columns));
    ASSIGN_OR_RAISE(auto batch, MakeBatch(std::move(columns), keys.size(),
                                          std::vector<int8_t>(groups.size(), 1)));
    ASSIGN_OR_RAISE(const bool more, visit(batch));
    if (!more) return Status::OK();
    groups.clear();
    keys.clear();
  }
  return Status::OK();
}

void AggregateState::SaveChanges(StateBlock* block) {
  store_.SaveChanges(block);
  watermark_.SaveChanges(block);
}

Status AggregateState::Restore(std::string_view key, std::optional<std::string_view> value) {
  if (GroupStore::OwnsEntry(key)) return store_.Restore(key, value);
  if (SavedWatermark::OwnsEntry(key) && value.has_value()) return watermark_.Restore(*value);
  return Status::Invalid("the state of an aggregate holds an unknown entry");
}

}  // namespace headrace::engine
