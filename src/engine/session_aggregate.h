// GROUP BY session_window(time, gap): the state of an aggregate (aggregate.h) whose windows are as
// long as rows follow each other by no more than the gap.
//
// The rows of a session are kept and aggregated when the result is asked for: once, with `emit:
// final`, when the watermark passes the end; with `emit: changes` in each micro-batch that changed
// it. A row takes part in no session that its own watermark has closed, so that the result does not
// depend on where a micro-batch ends.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/accumulator.h"
#include "engine/aggregate.h"
#include "engine/saved_watermark.h"
#include "engine/session_store.h"
#include "format/row_codec.h"

namespace headrace::engine {

class SessionAggregateState : public OperatorState {
 public:
  // `plan` must outlive the state.
  SessionAggregateState(const AggregatePlan& plan,
                        std::vector<std::unique_ptr<Accumulator>> accumulators);

  Result<Delta> Process(std::span<const Delta* const> inputs, MicroBatch& context) override;
  void SaveChanges(StateBlock* block) override;
  Status Restore(std::string_view key, std::optional<std::string_view> value) override;
  StateSize state_size() const override { return store_.size(); }
  std::optional<int64_t> watermark() const override { return watermark_.get(); }
  Status VisitRows(const RowVisitor& visit) override;
  int64_t late_rows() const override { return late_rows_; }

 private:
  // Sessions to be aggregated together, as rows of their results.
  struct Pending {
    PackedKeys keys;
    std::vector<int64_t> starts, ends;
    std::vector<uint32_t> groups;  // of the rows that decoder_ holds
    std::vector<Session*> sessions;
  };

  Status TakeBatch(const ChangeBatch& batch, MicroBatch* context);
  Status AddPending(std::string_view key, Session* session, Pending* pending);
  Result<std::vector<std::shared_ptr<arrow::Array>>> Aggregate(Pending* pending);
  Status EmitChanges(Delta* delta);
  Status Emit(std::vector<std::shared_ptr<arrow::Array>> columns, int64_t rows,
              std::vector<int8_t> weights, Delta* delta) const;
  Status Close(std::optional<int64_t> watermark, Delta* delta);
  Status PrepareRestored();

  const AggregatePlan& plan_;
  const int64_t gap_us_;
  SessionStore store_;
  std::vector<std::unique_ptr<Accumulator>> accumulators_;  // empty between two uses
  format::RowEncoder key_encoder_;
  format::RowDecoder key_decoder_;
  format::RowEncoder row_encoder_;
  format::RowDecoder row_decoder_;
  format::RowEncoder result_encoder_;
  format::RowDecoder result_decoder_;
  bool prepared_ = false;
  SavedWatermark watermark_;  // after the last micro-batch
  int64_t late_rows_ = 0;
};

}  // namespace headrace::engine
