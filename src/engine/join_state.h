// The state of a join (join.h): looks up what matches, keeps what may match later, emits pairs and
// rows without a match.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/join.h"
#include "engine/join_pairs.h"
#include "engine/join_side.h"
#include "engine/saved_watermark.h"
#include "format/row_codec.h"

namespace headrace::engine {

class JoinState : public OperatorState {
 public:
  // `plan` must outlive the state.
  static Result<std::unique_ptr<OperatorState>> Open(const JoinPlan& plan);

  Result<Delta> Process(std::span<const Delta* const> inputs, MicroBatch& context) override;
  void SaveChanges(StateBlock* block) override;
  Status Restore(std::string_view key, std::optional<std::string_view> value) override;
  StateSize state_size() const override;
  std::optional<int64_t> watermark() const override { return watermark_.get(); }
  int64_t late_rows() const override { return late_rows_; }

 private:
  explicit JoinState(const JoinPlan& plan);

  Status TakeBatch(int side, const ChangeBatch& batch, Delta* delta, MicroBatch* context);
  Status Classify(int side, const ChangeBatch& batch, MicroBatch* context);
  Status EmitUnmatchable(int side, const ChangeBatch& batch, Delta* delta);
  Status FindMatches(int side, const ChangeBatch& batch, Delta* delta, MicroBatch* context);
  Status AddPairs(int side, const ChangeBatch& batch, Delta* delta, MicroBatch* context);
  void KeepRows(int side, const ChangeBatch& batch);
  void Touch(int side, uint32_t row);

  Status EmitTouched(int side, Delta* delta);
  Status EmitAlone(int side, const std::vector<uint32_t>& rows, const std::vector<int8_t>& weights,
                   Delta* delta);
  Status Evict(int side, std::span<const Delta* const> inputs, Delta* delta);
  void EraseRow(int side, uint32_t row);
  void EraseUnusedKeys();
  std::optional<int64_t> EvictBefore(int side, std::span<const Delta* const> inputs) const;
  Status Emit(std::vector<std::shared_ptr<arrow::Array>> columns, std::vector<int8_t> weights,
              Delta* delta) const;

  // Rows of that side can be in the result by themselves: beside nulls, or as semi-joined.
  bool IsTracked(int side) const { return tracked_[side]; }

  const JoinPlan& plan_;
  const JoinSpec& spec_;
  bool tracked_[2];
  format::RowEncoder key_encoders_[2];
  format::RowEncoder row_encoders_[2];
  KeyTable keys_;  // of both sides
  JoinSide sides_[2];
  JoinPairs pairs_;
  std::vector<uint32_t> unused_keys_;  // keys that may have no rows any more
  bool prepared_ = false;
  SavedWatermark watermark_;  // of the output, after the last micro-batch
  std::optional<int64_t> evicted_before_[2];
  int64_t late_rows_ = 0;

  // Of the micro-batch in hand.
  std::vector<uint32_t> touched_[2];
  std::vector<uint32_t> touched_in_[2];  // by row: number of the micro-batch that touched it last
  uint32_t micro_batch_ = 0;

  // Of the batch in hand: the rows that can match, their keys and times, what they match.
  std::vector<int64_t> members_;
  std::vector<int64_t> unmatchable_;
  std::vector<uint32_t> key_of_;
  std::vector<int64_t> time_of_;
  std::vector<int64_t> matches_of_;
  std::vector<uint32_t> row_of_;
  PackedKeys packed_;
  std::vector<uint32_t> inserted_;
};

}  // namespace headrace::engine
