// GROUP BY: count, sum, avg, min, max over the rows of each group, also where rows are corrected
// later; with a window in the key or without.
//
// With `emit: changes` a micro-batch emits, for every group whose result it changed, the old row
// with weight -1 and the new one with +1. With `emit: final` each window is emitted once, when the
// watermark passes its end. A row whose windows are all closed is late: it is counted and left out.
// A row without a time belongs to no window, nor does one 70,000 years away. The state of a window
// is dropped when it is closed.
//
// Windows that overlap cost as many updates a row as they overlap; not where each is emitted once
// over rows that are only added, for aggregates that can be merged (pane_aggregate.h).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/accumulator.h"
#include "engine/event_time.h"
#include "engine/operator.h"
#include "sql/plan.h"

namespace headrace::engine {

class AggregatePlan : public OperatorPlan {
 public:
  // `data` is the schema of the result without system columns, as sql::Aggregate says.
  //
  // `time` is the bound of the time that windows are made of.
  //
  // Errors: user errors where a call cannot be computed, and where `emit_final` has no watermark to
  // wait for.
  static Result<std::shared_ptr<const AggregatePlan>> Make(const std::string& view,
                                                           std::shared_ptr<arrow::Schema> input,
                                                           const sql::Aggregate& aggregate,
                                                           const arrow::Schema& data,
                                                           bool emit_final, bool keep_late,
                                                           const TimeBound& time = {});

  std::string kind() const override { return "aggregate"; }
  std::string Describe() const override;
  bool stateful() const override { return true; }
  OutputRows output_rows() const override { return OutputRows::kInState; }
  Result<std::unique_ptr<OperatorState>> Open() const override;

  const std::string& view() const { return view_; }
  const std::shared_ptr<arrow::Schema>& input() const { return input_; }
  const sql::Aggregate& aggregate() const { return aggregate_; }
  bool emit_final() const { return emit_final_; }
  bool keep_late() const { return keep_late_; }
  const TimeBound& time() const { return time_; }
  bool input_weighted() const;
  // Whether windows that overlap are put together of panes (pane_aggregate.h).
  bool by_panes() const { return by_panes_; }
  Result<std::vector<std::unique_ptr<Accumulator>>> MakeAccumulators() const;
  // Without keys and window there is one group, which is always there.
  bool global() const { return aggregate_.keys.empty() && !aggregate_.window.has_value(); }

 private:
  using OperatorPlan::OperatorPlan;
  Result<bool> CanUsePanes() const;

  std::string view_;
  std::shared_ptr<arrow::Schema> input_;
  sql::Aggregate aggregate_;
  bool emit_final_ = false;
  bool keep_late_ = false;
  TimeBound time_;
  bool by_panes_ = false;
};

}  // namespace headrace::engine
