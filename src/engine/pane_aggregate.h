// GROUP BY window(time, size, slide) of windows that overlap, each emitted once (`emit: final`)
// over rows that are only added: the state of an aggregate (aggregate.h) that doesn't grow with the
// overlap. A row goes to one pane, the longest stretch of time that windows have whole; a window is
// put together of its panes when it is closed (Li et al., No Pane, No Gain, SIGMOD Record 2005).
//
// A row whose own watermark has closed some of its windows goes to each of the others by itself, so
// that the result does not depend on where a micro-batch ends.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/aggregate.h"
#include "engine/group_store.h"
#include "engine/saved_watermark.h"
#include "engine/window_assigner.h"
#include "format/row_codec.h"

namespace headrace::engine {

class PaneAggregateState : public OperatorState {
 public:
  // `plan` must outlive the state; its accumulators can be merged.
  PaneAggregateState(const AggregatePlan& plan,
                     std::vector<std::unique_ptr<Accumulator>> accumulators);

  Result<Delta> Process(std::span<const Delta* const> inputs, MicroBatch& context) override;
  void SaveChanges(StateBlock* block) override;
  Status Restore(std::string_view key, std::optional<std::string_view> value) override;
  StateSize state_size() const override { return store_.size(); }
  std::optional<int64_t> watermark() const override { return watermark_.get(); }
  Status VisitRows(const RowVisitor& visit) override;
  int64_t late_rows() const override { return late_rows_; }

 private:
  // Groups by the start of their pane or window.
  using GroupsByStart = std::map<int64_t, std::vector<uint32_t>>;

  Status Take(const ChangeBatch& batch, MicroBatch* context);
  // Adds to `keys_` and `members_` a row's part in the pane or window that begins at `start_us`.
  void AddMember(int64_t row, char kind, int64_t start_us);
  // Adds the rows in `members_` to their groups.
  Status Update(const arrow::RecordBatch& batch);
  void Remember(uint32_t group);
  void PrepareRestored();
  int64_t OldestWindow(int64_t time_us);
  bool IsClosed(int64_t start_us, std::optional<int64_t> bound_us) const;
  std::optional<int64_t> BoundAt(std::optional<int64_t> watermark) const;

  Status Close(std::optional<int64_t> watermark, Delta* delta);
  std::set<int64_t> WindowsToClose(int64_t bound_us);
  Status Emit(const std::set<int64_t>& starts, Delta* delta);
  void DropClosed(int64_t bound_us);

  const AggregatePlan& plan_;
  WindowAssigner windows_;
  WindowAssigner panes_;
  format::RowEncoder key_encoder_;
  format::RowDecoder key_decoder_;
  GroupStore store_;  // by kind, start and key
  GroupsByStart pane_groups_;
  GroupsByStart window_groups_;  // of rows that came when some of their windows were closed
  bool prepared_ = false;
  SavedWatermark watermark_;  // after the last micro-batch
  int64_t late_rows_ = 0;

  // Of the batch in hand.
  PackedKeys keys_;
  std::vector<int64_t> members_;
  std::vector<uint32_t> assigned_, inserted_, groups_;
};

}  // namespace headrace::engine
