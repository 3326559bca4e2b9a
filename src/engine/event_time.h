// Which columns of a relation are event times: values that the watermark follows. An operator whose
// state ends with the watermark asks by which column, and how far it may lag behind.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sql/expression.h"

namespace headrace::engine {

// The least value that a row may still have which isn't late.
struct TimeBound {
  int64_t lag_us = 0;
  // The values are multiples of this, plus an offset, and greater than the watermark less the lag:
  // such as the start of a window. 0: they may also be equal to that.
  int64_t step_us = 0;
  int64_t offset_us = 0;

  // What it is under a watermark, within the range of int64.
  int64_t At(int64_t watermark_us) const;
  std::string ToString() const;
};

struct EventTime {
  int column = 0;
  std::string field;  // of a struct, such as the `start` of a window; empty: the column itself
  TimeBound bound;
};

using EventTimes = std::vector<EventTime>;

// Returns the bound of an expression over the columns that `times` speak of: a column, a field, and
// either plus or minus a constant. None: it is no event time.
std::optional<TimeBound> BoundOf(const sql::Expression& expression, const EventTimes& times);

// Returns the event times among the columns that `outputs` compute.
EventTimes ThroughMap(const std::vector<sql::ExpressionPtr>& outputs, const EventTimes& times);

// Returns what is an event time in every input of a UNION ALL.
EventTimes InAll(const std::vector<EventTimes>& inputs);

// Returns the bound of a column itself.
std::optional<TimeBound> BoundAt(const EventTimes& times, int column);

}  // namespace headrace::engine
