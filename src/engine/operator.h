// An operator turns the changes of its inputs into the changes of its output (base/change_batch.h).
// It is two objects: an OperatorPlan that never changes and says what it does, and an OperatorState
// that it does it with. One operator per file.
//
// To add one: write its plan and state, and build the plan in dataflow_plan.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/change_batch.h"
#include "base/status.h"
#include "engine/origin.h"
#include "engine/state_block.h"

namespace headrace::engine {

// A batch of changes, and where its rows come from.
struct Changes {
  ChangeBatch batch;
  // The records that they were decoded from: known for rows that come straight from a source, null
  // for all others.
  std::shared_ptr<const Origins> origins;
  // The topic and partition that they were read from, as far as that is one: null where rows of
  // several were brought together. Event time goes its own way in each partition.
  std::shared_ptr<const std::string> partition = nullptr;
};

// What a relation did in one micro-batch: its changes in order of arrival, and the watermark after
// them (microseconds since 1970 UTC). The watermark only rises; there is none before the first
// event time, and where no view upstream declares one.
//
// The watermark of a row (the column _watermark) decides whether the row is late; this one decides
// which windows are closed. They differ where streams meet: a UNION ALL closes windows by the
// slower input, while a row is late by its own.
struct Delta {
  std::vector<Changes> batches;
  std::optional<int64_t> watermark;
};

// What the operators of one micro-batch share, and what they put aside.
struct MicroBatch {
  int64_t now_us = 0;  // what current_timestamp() answers: the clock of the epoch

  // Rows that came after their window was closed.
  struct LateRows {
    std::string view;
    ChangeBatch rows;
  };
  std::vector<LateRows> late;

  // A row whose expression failed.
  struct RejectedRow {
    std::string view;
    std::string reason;
    std::optional<Origin> origin;  // the record it came from, or else ...
    std::string row_json;          // ... the row
  };
  std::vector<RejectedRow> rejected;
};

// How much an operator keeps in memory.
struct StateSize {
  int64_t rows = 0;
  int64_t bytes = 0;  // estimated
};

// Takes some rows of an operator's output; returns whether more are wanted.
using RowVisitor = std::function<Result<bool>(const ChangeBatch& rows)>;

// How many rows a visitor gets at once, about.
inline constexpr int64_t kVisitedRows = 4096;

// Used by one thread at a time.
class OperatorState {
 public:
  virtual ~OperatorState() = default;

  // Takes what each input did in a micro-batch (one entry an input, some of them without rows) and
  // returns what the operator's output does. Called for every micro-batch, so that watermarks flow.
  virtual Result<Delta> Process(std::span<const Delta* const> inputs, MicroBatch& context) = 0;

  // Appends what changed in the state since the last call.
  virtual void SaveChanges(StateBlock* /*block*/) {}

  // Applies one entry that SaveChanges() wrote. Called before the first Process().
  virtual Status Restore(std::string_view /*key*/, std::optional<std::string_view> /*value*/) {
    return Status::Invalid("an operator without state cannot restore one");
  }

  virtual StateSize state_size() const { return {}; }
  // The watermark after the last micro-batch, of those that keep it.
  virtual std::optional<int64_t> watermark() const { return std::nullopt; }
  // Hands out the rows that the output consists of at present, as far as the state holds them:
  // those of windows that are still to be emitted too. In no order, each with the weight 1. Called
  // where the plan says OutputRows::kInState.
  virtual Status VisitRows(const RowVisitor& /*visit*/) {
    return Status::Invalid("an operator that keeps no rows was asked for them");
  }
  // Rows that were late so far, since the state was made.
  virtual int64_t late_rows() const { return 0; }
};

// Where the rows are found that the output of an operator consists of at present.
enum class OutputRows {
  kInState,   // OperatorState::VisitRows() hands them out
  kOfInputs,  // each is made of one row of an input, by a state without a past
  kNotKept,   // the state holds what it needs to go on, and that isn't its output
};

// Immutable.
class OperatorPlan {
 public:
  explicit OperatorPlan(std::shared_ptr<arrow::Schema> output) : output_(std::move(output)) {}
  virtual ~OperatorPlan() = default;

  // One word: "aggregate".
  virtual std::string kind() const = 0;
  // What it does in one line, with everything that decides what its state means: two plans with the
  // same description (over the same inputs) can use each other's state.
  virtual std::string Describe() const = 0;
  virtual bool stateful() const = 0;
  virtual OutputRows output_rows() const {
    return stateful() ? OutputRows::kNotKept : OutputRows::kOfInputs;
  }
  virtual Result<std::unique_ptr<OperatorState>> Open() const = 0;

  // The columns of its output, system columns included.
  const std::shared_ptr<arrow::Schema>& output() const { return output_; }
  // Whether its output can retract rows, and whether rows carry a watermark.
  bool weighted() const { return output_->GetFieldIndex(std::string(kWeightColumn)) >= 0; }
  bool watermarked() const { return output_->GetFieldIndex(std::string(kWatermarkColumn)) >= 0; }

 private:
  std::shared_ptr<arrow::Schema> output_;
};

}  // namespace headrace::engine
