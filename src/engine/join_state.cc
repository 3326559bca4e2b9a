#include "engine/join_state.h"

#include <arrow/array/array_primitive.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/rows.h"

namespace headrace::engine {
namespace {

constexpr char kLeftEntry = 'l';
constexpr char kRightEntry = 'r';
// Into how many steps the time for which rows are kept is cut.
constexpr int64_t kSteps = 64;
constexpr int64_t kStepMinUs = 1'000;
constexpr int64_t kStepMaxUs = 3'600'000'000;
// How far ahead the rows of a key are fetched into the cache.
constexpr size_t kPrefetchDistance = 16;

std::vector<std::shared_ptr<arrow::DataType>> KeyTypes(const JoinPlan& plan) {
  std::vector<std::shared_ptr<arrow::DataType>> types;
  for (const JoinSpec::Key& key : plan.spec().keys) {
    types.push_back(plan.input(0)->field(key.left)->type());
  }
  return types;
}

int KeyColumn(const JoinSpec::Key& key, int side) { return side == 0 ? key.left : key.right; }

bool Ends(const JoinSpec& spec, int side) {
  if (!spec.bound.has_value()) return false;
  return side == 0 ? spec.bound->EndsLeft() : spec.bound->EndsRight();
}

int64_t StepOf(const JoinSpec& spec, int side) {
  if (!Ends(spec, side)) return 0;
  const int64_t kept_us = spec.bound->upper_us.value_or(0) - spec.bound->lower_us.value_or(0);
  return std::clamp(kept_us / kSteps, kStepMinUs, kStepMaxUs);
}

// time - offset, or the end of the range that it would leave.
int64_t Minus(int64_t time_us, int64_t offset_us) {
  int64_t result = 0;
  if (!__builtin_sub_overflow(time_us, offset_us, &result)) return result;
  return offset_us > 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
}

bool WithinBound(const JoinSpec::Bound& bound, int64_t left_us, int64_t right_us) {
  const __int128 distance = static_cast<__int128>(right_us) - left_us;
  return (!bound.lower_us.has_value() || distance >= *bound.lower_us) &&
         (!bound.upper_us.has_value() || distance <= *bound.upper_us);
}

// Appends `index` as often as `weight` says.
template <typename Index>
void Repeat(Index index, int64_t weight, std::vector<Index>* indexes,
            std::vector<int8_t>* weights) {
  const int8_t sign = weight < 0 ? -1 : 1;
  for (int64_t i = 0; i != weight; i += sign) {
    indexes->push_back(index);
    weights->push_back(sign);
  }
}

}  // namespace

Result<std::unique_ptr<OperatorState>> JoinState::Open(const JoinPlan& plan) {
  std::unique_ptr<JoinState> state(new JoinState(plan));
  RETURN_NOT_OK(state->pairs_.Open());
  return state;
}

JoinState::JoinState(const JoinPlan& plan)
    : plan_(plan),
      spec_(plan.spec()),
      tracked_{sql::KeepsLeft(spec_.kind) || sql::LeftOnly(spec_.kind),
               sql::KeepsRight(spec_.kind)},
      key_encoders_{format::RowEncoder(KeyTypes(plan)), format::RowEncoder(KeyTypes(plan))},
      row_encoders_{format::RowEncoder(DataTypes(*plan.input(0))),
                    format::RowEncoder(DataTypes(*plan.input(1)))},
      sides_{JoinSide(kLeftEntry, StepOf(spec_, 0)), JoinSide(kRightEntry, StepOf(spec_, 1))},
      pairs_(plan) {}

Result<Delta> JoinState::Process(std::span<const Delta* const> inputs, MicroBatch& context) {
  if (!prepared_) {
    // Keys whose rows are gone may have been restored.
    for (uint32_t key = 0; key < keys_.index_end(); ++key) unused_keys_.push_back(key);
    prepared_ = true;
  }
  Delta delta;
  ++micro_batch_;
  pairs_.SetNow(context.now_us);
  for (auto& touched : touched_) touched.clear();
  for (int side = 0; side < 2; ++side) {
    for (const Changes& changes : inputs[side]->batches) {
      if (changes.batch->num_rows() == 0) continue;
      RETURN_NOT_OK(TakeBatch(side, changes.batch, &delta, &context));
    }
  }
  for (int side = 0; side < 2; ++side) RETURN_NOT_OK(EmitTouched(side, &delta));
  for (int side = 0; side < 2; ++side) RETURN_NOT_OK(Evict(side, inputs, &delta));
  EraseUnusedKeys();
  if (plan_.watermarked()) {
    // An empty optional is less than every watermark: it holds the other back.
    delta.watermark = std::min(inputs[0]->watermark, inputs[1]->watermark);
  }
  watermark_.Set(delta.watermark);
  return delta;
}

Status JoinState::TakeBatch(int side, const ChangeBatch& batch, Delta* delta, MicroBatch* context) {
  RETURN_NOT_OK(Classify(side, batch, context));
  RETURN_NOT_OK(EmitUnmatchable(side, batch, delta));
  if (members_.empty()) return Status::OK();
  RETURN_NOT_OK(FindMatches(side, batch, delta, context));
  KeepRows(side, batch);
  return Status::OK();
}

// Sorts the rows of a batch: late ones, those that match nothing because a key or the time is null,
// and those that can match.
Status JoinState::Classify(int side, const ChangeBatch& batch, MicroBatch* context) {
  members_.clear();
  unmatchable_.clear();
  time_of_.clear();
  std::vector<int64_t> late;
  std::vector<std::shared_ptr<arrow::Array>> keys;
  std::vector<const arrow::Array*> never_null;
  for (const JoinSpec::Key& key : spec_.keys) {
    keys.push_back(batch->column(KeyColumn(key, side)));
    if (!key.null_safe && keys.back()->null_count() > 0) never_null.push_back(keys.back().get());
  }
  const arrow::TimestampArray* times = nullptr;
  const arrow::Int64Array* watermarks = nullptr;
  TimeBound time_bound;
  if (spec_.bound.has_value()) {
    const JoinSpec::Bound& bound = *spec_.bound;
    times = static_cast<const arrow::TimestampArray*>(
        batch->column(side == 0 ? bound.left : bound.right).get());
    // Rows are late where their time ends the other side.
    if (Ends(spec_, 1 - side)) {
      watermarks = static_cast<const arrow::Int64Array*>(Watermarks(*batch));
      time_bound = *(side == 0 ? bound.left_time : bound.right_time);
    }
  }
  for (int64_t row = 0; row < batch->num_rows(); ++row) {
    if (times != nullptr && times->IsValid(row) && watermarks != nullptr &&
        watermarks->IsValid(row) && times->Value(row) < time_bound.At(watermarks->Value(row))) {
      late.push_back(row);
      continue;
    }
    const bool null =
        (times != nullptr && times->IsNull(row)) ||
        std::any_of(never_null.begin(), never_null.end(),
                    [row](const arrow::Array* values) { return values->IsNull(row); });
    (null ? unmatchable_ : members_).push_back(row);
    if (!null && times != nullptr) time_of_.push_back(times->Value(row));
  }
  key_encoders_[side].Bind(std::move(keys));
  late_rows_ += static_cast<int64_t>(late.size());
  if (late.empty() || !spec_.keep_late) return Status::OK();
  ASSIGN_OR_RAISE(ChangeBatch kept, TakeRows(batch, late));
  context->late.push_back({plan_.view(), std::move(kept)});
  return Status::OK();
}

// What matches nothing, ever, needs no state.
Status JoinState::EmitUnmatchable(int side, const ChangeBatch& batch, Delta* delta) {
  if (unmatchable_.empty() || !IsTracked(side) || spec_.kind == sql::JoinKind::kLeftSemi) {
    return Status::OK();
  }
  ASSIGN_OR_RAISE(auto columns, pairs_.BatchAlone(side, batch, unmatchable_));
  const int8_t* own = Weights(*batch);
  std::vector<int8_t> weights;
  for (const int64_t row : unmatchable_) weights.push_back(own == nullptr ? 1 : own[row]);
  return Emit(std::move(columns), std::move(weights), delta);
}

Status JoinState::FindMatches(int side, const ChangeBatch& batch, Delta* delta,
                              MicroBatch* context) {
  packed_.clear();
  for (const int64_t row : members_) {
    key_encoders_[side].Encode(row, &packed_.bytes);
    packed_.EndKey();
  }
  key_of_.resize(members_.size());
  inserted_.clear();
  keys_.InsertAll(packed_, key_of_.data(), &inserted_);
  matches_of_.assign(members_.size(), 0);
  const JoinSide& kept = sides_[1 - side];
  for (size_t i = 0; i < members_.size(); ++i) {
    if (i + kPrefetchDistance < members_.size()) {
      const uint32_t soon = kept.first(key_of_[i + kPrefetchDistance]);
      if (soon != JoinSide::kNone) __builtin_prefetch(&kept.row(soon));
    }
    for (uint32_t other = kept.first(key_of_[i]); other != JoinSide::kNone;
         other = kept.row(other).next) {
      const JoinSide::Row& row = kept.row(other);
      if (row.weight == 0) continue;
      if (spec_.bound.has_value()) {
        const int64_t own_us = time_of_[i];
        if (!WithinBound(*spec_.bound, side == 0 ? own_us : row.time_us,
                         side == 0 ? row.time_us : own_us)) {
          continue;
        }
      }
      pairs_.Add(static_cast<int64_t>(i), members_[i], other);
      if (pairs_.size() >= JoinPairs::kPairsMax) {
        RETURN_NOT_OK(AddPairs(side, batch, delta, context));
      }
    }
  }
  return AddPairs(side, batch, delta, context);
}

// Counts the pairs that match, and emits them.
Status JoinState::AddPairs(int side, const ChangeBatch& batch, Delta* delta, MicroBatch* context) {
  JoinSide& kept = sides_[1 - side];
  RETURN_NOT_OK(pairs_.Filter(side, batch, kept, context));
  const int8_t* own = Weights(*batch);
  std::vector<int64_t> indexes;
  std::vector<int8_t> weights;
  indexes.reserve(pairs_.size());
  weights.reserve(pairs_.size());
  for (size_t i = 0; i < pairs_.size(); ++i) {
    JoinSide::Row& row = kept.row(pairs_.kept_rows[i]);
    const int64_t weight = own == nullptr ? 1 : own[pairs_.batch_rows[i]];
    matches_of_[pairs_.members[i]] += row.weight;
    if (IsTracked(1 - side)) {
      row.matches += weight;
      Touch(1 - side, pairs_.kept_rows[i]);
    }
    if (!sql::LeftOnly(spec_.kind)) {
      Repeat(static_cast<int64_t>(i), weight * row.weight, &indexes, &weights);
    }
  }
  if (!indexes.empty()) {
    ASSIGN_OR_RAISE(auto columns, pairs_.OutputColumns(side, batch, kept, indexes));
    RETURN_NOT_OK(Emit(std::move(columns), std::move(weights), delta));
  }
  pairs_.Clear();
  return Status::OK();
}

void JoinState::KeepRows(int side, const ChangeBatch& batch) {
  row_encoders_[side].Bind(DataArrays(*batch));
  packed_.clear();
  for (const int64_t row : members_) {
    row_encoders_[side].Encode(row, &packed_.bytes);
    packed_.EndKey();
  }
  JoinSide& own = sides_[side];
  own.Insert(packed_, key_of_, time_of_, &row_of_);
  const int8_t* weights = Weights(*batch);
  for (size_t i = 0; i < members_.size(); ++i) {
    JoinSide::Row& row = own.row(row_of_[i]);
    row.weight += weights == nullptr ? 1 : weights[members_[i]];
    row.matches = matches_of_[i];
    own.MarkChanged(row_of_[i]);
    // What is gone is erased behind the micro-batch, so that its index isn't given away before.
    if (IsTracked(side) || row.weight == 0) Touch(side, row_of_[i]);
  }
}

void JoinState::Touch(int side, uint32_t row) {
  auto& touched_in = touched_in_[side];
  if (row >= touched_in.size()) touched_in.resize(row + row / 2 + 64);
  sides_[side].MarkChanged(row);
  if (touched_in[row] == micro_batch_) return;
  touched_in[row] = micro_batch_;
  touched_[side].push_back(row);
}

// Emits how the rows that are in the result by themselves changed, and erases rows that are gone.
Status JoinState::EmitTouched(int side, Delta* delta) {
  JoinSide& own = sides_[side];
  const bool semi = spec_.kind == sql::JoinKind::kLeftSemi;
  std::vector<uint32_t> rows[2];  // that disappear, that appear
  std::vector<int8_t> weights[2];
  for (const uint32_t index : touched_[side]) {
    JoinSide::Row& row = own.row(index);
    if (IsTracked(side) && (semi || !spec_.emit_final)) {
      const int64_t wanted = (row.matches != 0) == semi ? row.weight : 0;
      const int appears = wanted > row.emitted ? 1 : 0;
      Repeat(index, wanted - row.emitted, &rows[appears], &weights[appears]);
      row.emitted = wanted;
    }
  }
  for (int appears = 0; appears < 2; ++appears) {
    RETURN_NOT_OK(EmitAlone(side, rows[appears], weights[appears], delta));
  }
  for (const uint32_t index : touched_[side]) {
    if (own.row(index).weight == 0) EraseRow(side, index);
  }
  return Status::OK();
}

Status JoinState::EmitAlone(int side, const std::vector<uint32_t>& rows,
                            const std::vector<int8_t>& weights, Delta* delta) {
  for (size_t first = 0; first < rows.size(); first += JoinPairs::kPairsMax) {
    const size_t end = std::min(rows.size(), first + JoinPairs::kPairsMax);
    const auto begin = static_cast<std::ptrdiff_t>(first);
    const auto last = static_cast<std::ptrdiff_t>(end);
    ASSIGN_OR_RAISE(auto columns, pairs_.KeptAlone(side, sides_[side],
                                                   {rows.begin() + begin, rows.begin() + last}));
    RETURN_NOT_OK(
        Emit(std::move(columns), {weights.begin() + begin, weights.begin() + last}, delta));
  }
  return Status::OK();
}

// The time before which rows of `side` match nothing that is still to come.
std::optional<int64_t> JoinState::EvictBefore(int side,
                                              std::span<const Delta* const> inputs) const {
  if (!Ends(spec_, side)) return std::nullopt;
  const JoinSpec::Bound& bound = *spec_.bound;
  const std::optional<int64_t> other = inputs[1 - side]->watermark;
  if (!other.has_value()) return std::nullopt;
  const int64_t end_us = side == 0 ? Minus(bound.right_time->At(*other), *bound.upper_us)
                                   : Minus(bound.left_time->At(*other), -*bound.lower_us);
  if (!spec_.emit_final) return end_us;
  // What is emitted for good must not be taken back either.
  const std::optional<int64_t> own = inputs[side]->watermark;
  if (!own.has_value()) return std::nullopt;
  return std::min(end_us, (side == 0 ? bound.left_time : bound.right_time)->At(*own));
}

Status JoinState::Evict(int side, std::span<const Delta* const> inputs, Delta* delta) {
  const std::optional<int64_t> end_us = EvictBefore(side, inputs);
  if (!end_us.has_value()) return Status::OK();
  JoinSide& own = sides_[side];
  std::vector<uint32_t> ended;
  own.TakeBefore(*end_us, &ended);
  if (spec_.emit_final && IsTracked(side) && spec_.kind != sql::JoinKind::kLeftSemi) {
    std::vector<uint32_t> rows;
    std::vector<int8_t> weights;
    for (const uint32_t index : ended) {
      JoinSide::Row& row = own.row(index);
      if (row.matches != 0 || row.weight <= row.emitted) continue;
      Repeat(index, row.weight - row.emitted, &rows, &weights);
      row.emitted = row.weight;
    }
    RETURN_NOT_OK(EmitAlone(side, rows, weights, delta));
  }
  for (const uint32_t index : ended) {
    if (own.live(index)) EraseRow(side, index);
  }
  return Status::OK();
}

void JoinState::EraseRow(int side, uint32_t row) {
  const uint32_t key = sides_[side].row(row).key;
  if (sides_[side].Erase(row)) unused_keys_.push_back(key);
}

void JoinState::EraseUnusedKeys() {
  for (const uint32_t key : unused_keys_) {
    if (keys_.live(key) && sides_[0].first(key) == JoinSide::kNone &&
        sides_[1].first(key) == JoinSide::kNone) {
      keys_.Erase(key);
    }
  }
  unused_keys_.clear();
}

// Rows carry the watermark before this micro-batch: they are no later than those they were made of.
Status JoinState::Emit(std::vector<std::shared_ptr<arrow::Array>> columns,
                       std::vector<int8_t> weights, Delta* delta) const {
  const auto rows = static_cast<int64_t>(weights.size());
  if (plan_.weighted()) columns.push_back(MakeWeights(std::move(weights)));
  if (plan_.watermarked()) {
    ASSIGN_OR_RAISE(auto watermarks, MakeWatermarks(watermark_.get(), rows));
    columns.push_back(std::move(watermarks));
  }
  delta->batches.push_back(
      {arrow::RecordBatch::Make(plan_.output(), rows, std::move(columns)), nullptr});
  return Status::OK();
}

void JoinState::SaveChanges(StateBlock* block) {
  for (JoinSide& side : sides_) side.SaveChanges(keys_, block);
  watermark_.SaveChanges(block);
}

Status JoinState::Restore(std::string_view key, std::optional<std::string_view> value) {
  for (JoinSide& side : sides_) {
    if (side.OwnsEntry(key)) return side.Restore(key, value, &keys_);
  }
  if (SavedWatermark::OwnsEntry(key) && value.has_value()) return watermark_.Restore(*value);
  return Status::Invalid("the state of a join holds an unknown entry");
}

StateSize JoinState::state_size() const {
  const StateSize left = sides_[0].size();
  const StateSize right = sides_[1].size();
  return {left.rows + right.rows, left.bytes + right.bytes + keys_.memory_bytes()};
}

}  // namespace headrace::engine
