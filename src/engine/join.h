// JOIN of two changing relations: inner, left, right, full, left semi, left anti; by equal keys, by
// a bound on the distance of two times, by any further condition.
//
// The rows of both sides are kept, and each change of one side is joined with what the other side
// holds: d(L x R) = dL x R + L' x dR (Budiu et al., DBSP). A row without a match is emitted beside
// nulls at once and taken back when a match comes, at the end of the micro-batch that brought it;
// with `emit: final` it is emitted once, when the watermark says that no match will come.
//
// With a bound on event times the state is bounded too: a row is dropped when no row of the other
// side that isn't late can match it. A row is late where its own watermark has passed its time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/event_time.h"
#include "engine/operator.h"
#include "sql/expression.h"
#include "sql/join_kind.h"

namespace headrace::engine {

struct JoinSpec {
  struct Key {
    int left = 0;  // data columns of the inputs, of one type
    int right = 0;
    bool null_safe = false;
  };
  // right time - left time is in [lower_us, upper_us].
  struct Bound {
    int left = 0;
    int right = 0;
    std::optional<int64_t> lower_us;
    std::optional<int64_t> upper_us;
    std::optional<TimeBound> left_time;  // where it is an event time
    std::optional<TimeBound> right_time;

    // Whether the watermark of the other side ends the state of this one.
    bool EndsLeft() const { return upper_us.has_value() && right_time.has_value(); }
    bool EndsRight() const { return lower_us.has_value() && left_time.has_value(); }
  };

  sql::JoinKind kind = sql::JoinKind::kInner;
  int left_columns = 0;   // data columns of the left input
  std::vector<Key> keys;  // none: one row may match any other
  std::optional<Bound> bound;
  sql::ExpressionPtr residual;  // over the data columns of both inputs, left first; may be null
  std::vector<int> outputs;     // columns of both inputs, left first
  bool emit_final = false;
  bool keep_late = false;
};

class JoinPlan : public OperatorPlan {
 public:
  // `names` has one name an output.
  //
  // Errors: user errors where the condition changes with the clock, and where `emit_final` waits
  // for a watermark that doesn't come.
  static Result<std::shared_ptr<const JoinPlan>> Make(const std::string& view,
                                                      std::shared_ptr<arrow::Schema> left,
                                                      std::shared_ptr<arrow::Schema> right,
                                                      JoinSpec spec,
                                                      const std::vector<std::string>& names);

  std::string kind() const override { return "join"; }
  std::string Describe() const override;
  bool stateful() const override { return true; }
  Result<std::unique_ptr<OperatorState>> Open() const override;

  const std::string& view() const { return view_; }
  const JoinSpec& spec() const { return spec_; }
  // 0: left, 1: right.
  const std::shared_ptr<arrow::Schema>& input(int side) const { return inputs_[side]; }
  // The data columns of both inputs, named apart: what the residual is over.
  const std::shared_ptr<arrow::Schema>& both() const { return both_; }
  int left_columns() const { return spec_.left_columns; }

 private:
  using OperatorPlan::OperatorPlan;

  std::string view_;
  JoinSpec spec_;
  std::shared_ptr<arrow::Schema> inputs_[2];
  std::shared_ptr<arrow::Schema> both_;
};

}  // namespace headrace::engine
