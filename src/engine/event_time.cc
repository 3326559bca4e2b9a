#include "engine/event_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace headrace::engine {
namespace {

std::optional<TimeBound> Find(const EventTimes& times, int column, const std::string& field) {
  for (const EventTime& time : times) {
    if (time.column == column && time.field == field) return time.bound;
  }
  return std::nullopt;
}

// The bound of base + offset, or base - offset.
std::optional<TimeBound> BoundOfSum(const sql::Call& call, const EventTimes& times) {
  if (call.arguments.size() != 2 || (call.name != "+" && call.name != "-")) return std::nullopt;
  const auto* literal = std::get_if<sql::Literal>(&call.arguments[1]->node);
  if (literal == nullptr || !literal->value->is_valid ||
      literal->value->type->id() != arrow::Type::DURATION) {
    return std::nullopt;
  }
  const int64_t offset_us = static_cast<const arrow::DurationScalar&>(*literal->value).value;
  std::optional<TimeBound> bound = BoundOf(*call.arguments[0], times);
  // Far from the ends of the range, so that sums with it are safe.
  constexpr int64_t kOffsetMaxUs = std::numeric_limits<int64_t>::max() / 16;
  if (!bound.has_value() || offset_us > kOffsetMaxUs || offset_us < -kOffsetMaxUs) {
    return std::nullopt;
  }
  const int64_t sign = call.name == "+" ? 1 : -1;
  bound->lag_us -= sign * offset_us;
  if (bound->step_us > 0) {
    bound->offset_us = (bound->offset_us + sign * offset_us) % bound->step_us;
  }
  return bound;
}

}  // namespace

int64_t TimeBound::At(int64_t watermark_us) const {
  __int128 bound = static_cast<__int128>(watermark_us) - lag_us;
  if (step_us > 0) {
    __int128 rest = (bound - offset_us) % step_us;
    if (rest < 0) rest += step_us;
    bound += step_us - rest;
  }
  constexpr __int128 kLeast = std::numeric_limits<int64_t>::min();
  constexpr __int128 kMost = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::clamp(bound, kLeast, kMost));
}

std::string TimeBound::ToString() const {
  std::string text = fmt::format("lag {} us", lag_us);
  if (step_us > 0) text += fmt::format(", steps of {} us from {} us", step_us, offset_us);
  return text;
}

std::optional<TimeBound> BoundAt(const EventTimes& times, int column) {
  return Find(times, column, "");
}

std::optional<TimeBound> BoundOf(const sql::Expression& expression, const EventTimes& times) {
  if (const auto* column = std::get_if<sql::ColumnReference>(&expression.node)) {
    return Find(times, column->index, "");
  }
  if (const auto* access = std::get_if<sql::FieldAccess>(&expression.node)) {
    const auto* base = std::get_if<sql::ColumnReference>(&access->base->node);
    return base == nullptr ? std::nullopt : Find(times, base->index, access->field);
  }
  if (const auto* call = std::get_if<sql::Call>(&expression.node)) return BoundOfSum(*call, times);
  return std::nullopt;
}

EventTimes ThroughMap(const std::vector<sql::ExpressionPtr>& outputs, const EventTimes& times) {
  EventTimes through;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const int column = static_cast<int>(i);
    if (const auto bound = BoundOf(*outputs[i], times)) through.push_back({column, "", *bound});
    const auto* copied = std::get_if<sql::ColumnReference>(&outputs[i]->node);
    if (copied == nullptr) continue;
    for (const EventTime& time : times) {
      if (time.column == copied->index && !time.field.empty()) {
        through.push_back({column, time.field, time.bound});
      }
    }
  }
  return through;
}

EventTimes InAll(const std::vector<EventTimes>& inputs) {
  EventTimes all;
  for (EventTime time : inputs.front()) {
    bool everywhere = true;
    for (const EventTimes& input : inputs) {
      const auto bound = Find(input, time.column, time.field);
      everywhere = everywhere && bound.has_value();
      if (!bound.has_value()) break;
      const bool same_steps =
          bound->step_us == time.bound.step_us && bound->offset_us == time.bound.offset_us;
      if (!same_steps) time.bound.step_us = time.bound.offset_us = 0;
      time.bound.lag_us = std::max(time.bound.lag_us, bound->lag_us);
    }
    if (everywhere) all.push_back(time);
  }
  return all;
}

}  // namespace headrace::engine
