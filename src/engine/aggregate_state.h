// The state of an aggregate (aggregate.h): gives rows their groups, feeds the accumulators, emits
// what changed, closes windows.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "engine/aggregate.h"
#include "engine/group_store.h"
#include "engine/saved_watermark.h"
#include "engine/window_assigner.h"
#include "format/row_codec.h"

namespace headrace::engine {

class AggregateState : public OperatorState {
 public:
  // `plan` must outlive the state.
  AggregateState(const AggregatePlan& plan, std::vector<std::unique_ptr<Accumulator>> accumulators);

  Result<Delta> Process(std::span<const Delta* const> inputs, MicroBatch& context) override;
  void SaveChanges(StateBlock* block) override;
  Status Restore(std::string_view key, std::optional<std::string_view> value) override;
  StateSize state_size() const override { return store_.size(); }
  std::optional<int64_t> watermark() const override { return watermark_.get(); }
  Status VisitRows(const RowVisitor& visit) override;
  int64_t late_rows() const override { return late_rows_; }

 private:
  // The groups of a batch's rows. A hopping window makes several of one batch.
  struct Assignment {
    ChangeBatch batch;
    std::vector<uint32_t> groups;
  };
  // The groups that a micro-batch touches, and their rows before it.
  struct Before {
    std::vector<bool> present;
    std::vector<std::shared_ptr<arrow::Array>> values;
  };

  Status AssignBatch(const ChangeBatch& batch, MicroBatch* context);
  void AssignPlain(const ChangeBatch& batch);
  Status AssignWindows(const ChangeBatch& batch, MicroBatch* context);
  void AssignKeys(Assignment* assignment, const std::vector<int64_t>& rows);
  void Touch(uint32_t group, std::string_view key);
  Status PutLateAside(const ChangeBatch& batch, const std::vector<int64_t>& rows,
                      MicroBatch* context);
  Status Update(const Assignment& assignment);

  Result<Before> RememberTouched();
  Status EmitChanges(const Before& before, Delta* delta);
  void DropEmptyGroups();
  Status CloseWindows(std::optional<int64_t> watermark, Delta* delta);
  Result<ChangeBatch> MakeBatch(std::vector<std::shared_ptr<arrow::Array>> columns, int64_t rows,
                                std::vector<int8_t> weights);
  Result<std::vector<std::shared_ptr<arrow::Array>>> KeyColumns(const PackedKeys& keys);
  Result<std::shared_ptr<arrow::Array>> WindowColumn(const std::vector<int64_t>& starts) const;
  // What follows from the state that was restored.
  void PrepareRestored();

  const AggregatePlan& plan_;
  const bool windowed_;
  const bool tracks_windows_;  // windows close: the input has a watermark
  std::optional<WindowAssigner> assigner_;
  format::RowEncoder key_encoder_;
  format::RowDecoder key_decoder_;
  GroupStore store_;
  std::map<int64_t, std::vector<uint32_t>> windows_;  // groups by start of their window
  bool prepared_ = false;
  bool global_emitted_ = false;  // the one row of a global aggregate is out
  SavedWatermark watermark_;     // after the last micro-batch
  int64_t late_rows_ = 0;

  // Of the micro-batch in hand.
  std::vector<Assignment> assignments_;
  std::vector<uint32_t> touched_;
  PackedKeys touched_keys_;           // of those
  std::vector<uint32_t> touched_in_;  // by group: number of the micro-batch that touched it last
  uint32_t micro_batch_ = 0;
  PackedKeys keys_;
  std::vector<uint32_t> assigned_, inserted_;
};

}  // namespace headrace::engine
