#include "engine/pane_aggregate.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>

#include <cstring>
#include <limits>
#include <numeric>
#include <utility>

#include "engine/bytes.h"
#include "engine/numbers.h"
#include "engine/rows.h"

namespace headrace::engine {
namespace {

constexpr char kPane = 'p';
constexpr char kWindow = 'w';
constexpr size_t kPrefixBytes = 1 + sizeof(int64_t);  // kind and start
// Some 70,000 years from 1970.
constexpr int64_t kTimeMaxUs = INT64_MAX / 4;

std::vector<std::shared_ptr<arrow::DataType>> KeyTypes(const AggregatePlan& plan) {
  std::vector<std::shared_ptr<arrow::DataType>> types;
  for (const int key : plan.aggregate().keys) types.push_back(plan.input()->field(key)->type());
  return types;
}

sql::Window PaneOf(sql::Window window) {
  window.size_us = window.slide_us = std::gcd(window.size_us, window.slide_us);
  return window;
}

int64_t StartOf(std::string_view key) {
  int64_t start = 0;
  std::memcpy(&start, key.data() + 1, sizeof(start));
  return start;
}

}  // namespace

PaneAggregateState::PaneAggregateState(const AggregatePlan& plan,
                                       std::vector<std::unique_ptr<Accumulator>> accumulators)
    : plan_(plan),
      windows_(*plan.aggregate().window),
      panes_(PaneOf(*plan.aggregate().window)),
      key_encoder_(KeyTypes(plan)),
      key_decoder_(KeyTypes(plan)),
      store_(std::move(accumulators)) {}

Result<Delta> PaneAggregateState::Process(std::span<const Delta* const> inputs,
                                          MicroBatch& context) {
  if (!prepared_) PrepareRestored();
  Delta delta;
  delta.watermark = inputs[0]->watermark;
  for (const Changes& changes : inputs[0]->batches) {
    RETURN_NOT_OK(Take(changes.batch, &context));
  }
  RETURN_NOT_OK(Close(delta.watermark, &delta));
  watermark_.Set(delta.watermark);
  return delta;
}

void PaneAggregateState::Remember(uint32_t group) {
  const std::string_view key = store_.key(group);
  (key[0] == kPane ? pane_groups_ : window_groups_)[StartOf(key)].push_back(group);
}

// Of the windows that hold the time.
int64_t PaneAggregateState::OldestWindow(int64_t time_us) {
  const int64_t last_us = windows_.LastStart(time_us);
  const int64_t left_us = windows_.size_us() - 1 - (time_us - last_us);
  return last_us - left_us / windows_.slide_us() * windows_.slide_us();
}

bool PaneAggregateState::IsClosed(int64_t start_us, std::optional<int64_t> bound_us) const {
  return bound_us.has_value() && start_us + windows_.size_us() <= *bound_us;
}

std::optional<int64_t> PaneAggregateState::BoundAt(std::optional<int64_t> watermark) const {
  return watermark.has_value() ? std::optional(plan_.time().At(*watermark)) : std::nullopt;
}

void PaneAggregateState::AddMember(int64_t row, char kind, int64_t start_us) {
  keys_.bytes += kind;
  AppendNumber(start_us, &keys_.bytes);
  key_encoder_.Encode(row, &keys_.bytes);
  keys_.EndKey();
  members_.push_back(row);
}

Status PaneAggregateState::Take(const ChangeBatch& batch, MicroBatch* context) {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const int key : plan_.aggregate().keys) columns.push_back(batch->column(key));
  key_encoder_.Bind(std::move(columns));
  const auto& times = static_cast<const arrow::TimestampArray&>(
      *batch->column(plan_.aggregate().window->time_column));
  const auto* watermarks = static_cast<const arrow::Int64Array*>(Watermarks(*batch));
  std::vector<int64_t> late, partly;
  std::optional<int64_t> stamp, bound_us;  // successive rows often have the same
  keys_.clear();
  members_.clear();
  for (int64_t row = 0; row < batch->num_rows(); ++row) {
    if (times.IsNull(row)) continue;
    const int64_t time_us = times.Value(row);
    if (time_us <= -kTimeMaxUs || time_us >= kTimeMaxUs) continue;
    if (watermarks != nullptr && watermarks->IsValid(row) && stamp != watermarks->Value(row)) {
      stamp = watermarks->Value(row);
      bound_us = BoundAt(stamp);
    }
    if (IsClosed(windows_.LastStart(time_us), bound_us)) {
      late.push_back(row);
    } else if (IsClosed(OldestWindow(time_us), bound_us)) {
      partly.push_back(row);
    } else {
      AddMember(row, kPane, panes_.LastStart(time_us));
    }
  }
  RETURN_NOT_OK(Update(*batch));
  // The nth window from the last one, as long as some row has one that is open.
  for (int64_t nth = 0; !partly.empty() && nth < windows_.overlap(); ++nth) {
    keys_.clear();
    members_.clear();
    for (const int64_t row : partly) {
      const int64_t start_us = windows_.LastStart(times.Value(row)) - nth * windows_.slide_us();
      if (IsClosed(start_us, BoundAt(watermarks->Value(row)))) continue;
      if (times.Value(row) < start_us + windows_.size_us()) AddMember(row, kWindow, start_us);
    }
    RETURN_NOT_OK(Update(*batch));
  }
  late_rows_ += std::ssize(late);
  if (late.empty() || !plan_.keep_late()) return Status::OK();
  ASSIGN_OR_RAISE(ChangeBatch kept, TakeRows(batch, late));
  context->late.push_back({plan_.view(), std::move(kept)});
  return Status::OK();
}

Status PaneAggregateState::Update(const arrow::RecordBatch& batch) {
  if (members_.empty()) return Status::OK();
  assigned_.resize(members_.size());
  inserted_.clear();
  store_.Assign(keys_, assigned_.data(), &inserted_);
  for (const uint32_t group : inserted_) Remember(group);
  groups_.assign(static_cast<size_t>(batch.num_rows()), kNoGroup);
  for (size_t i = 0; i < members_.size(); ++i) {
    groups_[static_cast<size_t>(members_[i])] = assigned_[i];
    store_.MarkChanged(assigned_[i]);
  }
  std::vector<const arrow::Array*> arguments;
  for (const sql::AggregateCall& call : plan_.aggregate().calls) {
    arguments.push_back(call.argument.has_value() ? batch.column(*call.argument).get() : nullptr);
  }
  return store_.Update(arguments, groups_.data(), nullptr, batch.num_rows());
}

// Finds the panes and windows of the groups that were restored.
void PaneAggregateState::PrepareRestored() {
  prepared_ = true;
  for (uint32_t group = 0; group < store_.groups_end(); ++group)
    if (store_.live(group)) Remember(group);
}

Status PaneAggregateState::Close(std::optional<int64_t> watermark, Delta* delta) {
  const std::optional<int64_t> bound_us = BoundAt(watermark);
  if (!bound_us.has_value()) return Status::OK();
  const std::set<int64_t> starts = WindowsToClose(*bound_us);
  if (starts.empty()) return Status::OK();
  RETURN_NOT_OK(Emit(starts, delta));
  DropClosed(*bound_us);
  return Status::OK();
}

// Windows that have rows and were not closed before.
std::set<int64_t> PaneAggregateState::WindowsToClose(int64_t bound_us) {
  std::set<int64_t> starts;
  const std::optional<int64_t> closed_us = BoundAt(watermark_.get());
  const auto add = [&](int64_t start_us) {
    if (IsClosed(start_us, bound_us) && !IsClosed(start_us, closed_us)) starts.insert(start_us);
  };
  for (const auto& [pane_us, groups] : pane_groups_) {
    int64_t start_us = OldestWindow(pane_us);
    if (!IsClosed(start_us, bound_us)) break;
    for (; start_us <= pane_us; start_us += windows_.slide_us()) add(start_us);
  }
  for (const auto& [start_us, groups] : window_groups_) {
    if (!IsClosed(start_us, bound_us)) break;
    add(start_us);
  }
  return starts;
}

// Puts the windows together, each of its panes and of what came to it alone.
Status PaneAggregateState::Emit(const std::set<int64_t>& starts, Delta* delta) {
  PackedKeys keys;  // of the results: start and key
  std::vector<uint32_t> parts;
  const auto add = [&](int64_t start_us, const std::vector<uint32_t>& groups) {
    for (const uint32_t group : groups) {
      AppendNumber(start_us, &keys.bytes);
      keys.bytes += store_.key(group).substr(kPrefixBytes);
      keys.EndKey();
      parts.push_back(group);
    }
  };
  for (const int64_t start_us : starts) {
    const auto end = pane_groups_.lower_bound(start_us + windows_.size_us());
    for (auto pane = pane_groups_.lower_bound(start_us); pane != end; ++pane)
      add(start_us, pane->second);
    const auto window = window_groups_.find(start_us);
    if (window != window_groups_.end()) add(start_us, window->second);
  }
  ASSIGN_OR_RAISE(auto accumulators, plan_.MakeAccumulators());
  GroupStore results(std::move(accumulators));
  std::vector<uint32_t> groups(parts.size()), filled;
  results.Assign(keys, groups.data(), &filled);
  RETURN_NOT_OK(results.Merge(store_, parts, groups));

  std::vector<int64_t> begins, ends;
  for (const uint32_t group : filled) {
    int64_t start_us = 0;
    std::memcpy(&start_us, results.key(group).data(), sizeof(start_us));
    begins.push_back(start_us);
    ends.push_back(start_us + windows_.size_us());
    if (plan_.aggregate().keys.empty()) continue;
    RETURN_NOT_OK(key_decoder_.Append(results.key(group).substr(sizeof(start_us))));
  }
  const arrow::DataType& type = *plan_.output()->field(0)->type();
  ASSIGN_OR_RAISE(auto window, BuildWindows(type, begins, ends));
  std::vector<std::shared_ptr<arrow::Array>> columns = {std::move(window)};
  const auto append = [&columns](std::vector<std::shared_ptr<arrow::Array>> more) {
    std::move(more.begin(), more.end(), std::back_inserter(columns));
  };
  if (!plan_.aggregate().keys.empty()) {
    ASSIGN_OR_RAISE(auto decoded, key_decoder_.Finish());
    append(std::move(decoded));
  }
  ASSIGN_OR_RAISE(auto values, results.Values(filled));
  append(std::move(values));
  // Rows carry the watermark before this micro-batch: they are no later than those they are made
  // of.
  ASSIGN_OR_RAISE(auto stamps, MakeWatermarks(watermark_.get(), std::ssize(filled)));
  append({std::move(stamps)});
  delta->batches.push_back(
      {arrow::RecordBatch::Make(plan_.output(), std::ssize(filled), std::move(columns)), nullptr});
  return Status::OK();
}

Status PaneAggregateState::VisitRows(const RowVisitor& visit) {
  if (!prepared_) PrepareRestored();
  for (const int64_t start_us : WindowsToClose(std::numeric_limits<int64_t>::max())) {
    Delta delta;
    RETURN_NOT_OK(Emit({start_us}, &delta));
    ASSIGN_OR_RAISE(const bool more, visit(delta.batches[0].batch));
    if (!more) return Status::OK();
  }
  return Status::OK();
}

void PaneAggregateState::DropClosed(int64_t bound_us) {
  while (!pane_groups_.empty()) {
    const auto pane = pane_groups_.begin();
    if (!IsClosed(windows_.LastStart(pane->first), bound_us)) break;
    for (const uint32_t group : pane->second) store_.Drop(group);
    pane_groups_.erase(pane);
  }
  while (!window_groups_.empty()) {
    const auto window = window_groups_.begin();
    if (!IsClosed(window->first, bound_us)) break;
    for (const uint32_t group : window->second) store_.Drop(group);
    window_groups_.erase(window);
  }
}

void PaneAggregateState::SaveChanges(StateBlock* block) {
  store_.SaveChanges(block);
  watermark_.SaveChanges(block);
}

Status PaneAggregateState::Restore(std::string_view key, std::optional<std::string_view> value) {
  if (GroupStore::OwnsEntry(key)) return store_.Restore(key, value);
  if (SavedWatermark::OwnsEntry(key) && value.has_value()) return watermark_.Restore(*value);
  return Status::Invalid("the state of an aggregate holds an unknown entry");
}

}  // namespace headrace::engine
