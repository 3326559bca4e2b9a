// The watermark operator: stamps each row with the watermark in force when it arrived: the largest
// event time among the rows before it, less the declared delay. Row by row, so that the results do
// not depend on where a micro-batch ends. A row without an event time leaves the watermark where it
// is.
//
// Each partition of a topic has an event time of its own, by which its rows are late or not; what
// closes windows is that of the slowest partition. So nothing is lost where partitions are read at
// different speeds. A partition that has had no row for `idle_after` holds back nothing; what was
// closed in the meantime stays closed for its rows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/operator.h"

namespace headrace::engine {

class WatermarkPlan : public OperatorPlan {
 public:
  // `column` is the event time in `input`, a timestamp in microseconds. A watermark that the rows
  // carry already is replaced.
  WatermarkPlan(const std::shared_ptr<arrow::Schema>& input, int column, int64_t delay_us,
                int64_t idle_after_us);

  std::string kind() const override { return "watermark"; }
  std::string Describe() const override;
  bool stateful() const override { return true; }
  OutputRows output_rows() const override { return OutputRows::kOfInputs; }
  Result<std::unique_ptr<OperatorState>> Open() const override;

  int column() const { return column_; }
  int64_t delay_us() const { return delay_us_; }
  int64_t idle_after_us() const { return idle_after_us_; }

 private:
  int column_;
  int64_t delay_us_;
  int64_t idle_after_us_;
};

}  // namespace headrace::engine
