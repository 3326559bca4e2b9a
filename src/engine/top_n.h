// The first rows of each partition in some order: row_number(), rank() or dense_rank() OVER
// (PARTITION BY ... ORDER BY ...) of which only numbers up to a limit are asked for.
//
// Where the input only adds rows, those beyond the limit are forgotten; otherwise all rows are
// kept, for one may move up when another disappears. Emits what changed in a micro-batch. Rows that
// are equal in the order are numbered in the order of their bytes: the same whatever way they came.
//
// Where a column of the partition is an event time (event_time.h), a partition ends with the
// watermark: its state goes, rows for it are late, and with `emit: final` it is emitted then, once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/event_time.h"
#include "engine/operator.h"
#include "sql/plan.h"

namespace headrace::engine {

struct TopNSpec {
  sql::Rank rank;
  int64_t limit = 0;
  bool numbered = false;  // whether the number is a column of the output, the last one
  // The column of the partition that is an event time.
  std::optional<std::pair<int, TimeBound>> event_time;
  bool emit_final = false;
  bool keep_late = false;
};

class TopNPlan : public OperatorPlan {
 public:
  // Errors: a user error where `emit_final` waits for a watermark that doesn't come.
  static Result<std::shared_ptr<const TopNPlan>> Make(const std::string& view,
                                                      std::shared_ptr<arrow::Schema> input,
                                                      TopNSpec spec, const std::string& name);

  std::string kind() const override { return "top_n"; }
  std::string Describe() const override;
  bool stateful() const override { return true; }
  OutputRows output_rows() const override { return OutputRows::kInState; }
  Result<std::unique_ptr<OperatorState>> Open() const override;

  const std::string& view() const { return view_; }
  const TopNSpec& spec() const { return spec_; }
  const std::shared_ptr<arrow::Schema>& input() const { return input_; }
  bool input_weighted() const;

 private:
  using OperatorPlan::OperatorPlan;

  std::string view_;
  std::shared_ptr<arrow::Schema> input_;
  TopNSpec spec_;
};

}  // namespace headrace::engine
