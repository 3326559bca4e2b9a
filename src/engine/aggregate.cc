#include "engine/aggregate.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/aggregate_state.h"
#include "engine/pane_aggregate.h"
#include "engine/session_aggregate.h"

namespace headrace::engine {
namespace {

std::shared_ptr<arrow::DataType> ArgumentType(const arrow::Schema& input,
                                              const sql::AggregateCall& call) {
  return call.argument.has_value() ? input.field(*call.argument)->type() : nullptr;
}

bool HasColumn(const arrow::Schema& schema, std::string_view name) {
  return schema.GetFieldIndex(std::string(name)) >= 0;
}

// To the microsecond, unlike FormatDuration().
std::string Seconds(int64_t duration_us) {
  return fmt::format("{} s", static_cast<double>(duration_us) / 1e6);
}

}  // namespace

bool AggregatePlan::input_weighted() const { return HasColumn(*input_, kWeightColumn); }

Result<std::shared_ptr<const AggregatePlan>> AggregatePlan::Make(
    const std::string& view, std::shared_ptr<arrow::Schema> input, const sql::Aggregate& aggregate,
    const arrow::Schema& data, bool emit_final, bool keep_late, const TimeBound& time) {
  const bool watermarked = HasColumn(*input, kWatermarkColumn);
  if (emit_final && !aggregate.window.has_value()) {
    return UserError(fmt::format("view '{}' says 'emit: final' but groups without a window", view),
                     "only windows end; add window(time, '1 hour') to GROUP BY, or emit changes");
  }
  if (emit_final && !watermarked) {
    return UserError(
        fmt::format("view '{}' says 'emit: final' but nothing it reads has a watermark", view),
        "declare 'watermark: {column: ..., delay: ...}' on the view it reads");
  }
  for (const sql::AggregateCall& call : aggregate.calls) {
    RETURN_NOT_OK(MakeAccumulator(call, ArgumentType(*input, call), true).status());
  }
  std::shared_ptr<AggregatePlan> plan(
      new AggregatePlan(ChangeSchema(data, !emit_final, watermarked)));
  plan->view_ = view;
  plan->input_ = std::move(input);
  plan->aggregate_ = aggregate;
  plan->emit_final_ = emit_final;
  plan->keep_late_ = keep_late;
  plan->time_ = time;
  ASSIGN_OR_RAISE(plan->by_panes_, plan->CanUsePanes());
  return plan;
}

std::string AggregatePlan::Describe() const {
  std::string text = "aggregate by";
  const char* separator = " ";
  if (aggregate_.window.has_value()) {
    const sql::Window& window = *aggregate_.window;
    text += fmt::format(" {}({}, {}, {}, {})", window.session ? "session_window" : "window",
                        input_->field(window.time_column)->name(), Seconds(window.size_us),
                        Seconds(window.slide_us), Seconds(window.start_us));
    separator = ", ";
  }
  for (const int key : aggregate_.keys) {
    text += separator + input_->field(key)->ToString();
    separator = ", ";
  }
  separator = ": ";
  for (const sql::AggregateCall& call : aggregate_.calls) {
    text += fmt::format("{}{}({}{}) {}", separator, call.function, call.distinct ? "distinct " : "",
                        call.argument.has_value() ? input_->field(*call.argument)->ToString() : "*",
                        call.type->ToString());
    if (!call.parameters.empty()) text += fmt::format(" of {}", fmt::join(call.parameters, ", "));
    separator = ", ";
  }
  if (time_.lag_us != 0) text += "; " + time_.ToString();
  if (input_weighted()) text += "; of rows that can be retracted";
  if (by_panes_) text += "; by panes";
  return text + (emit_final_ ? "; emit final" : "; emit changes");
}

Result<bool> AggregatePlan::CanUsePanes() const {
  if (!emit_final_ || input_weighted() || aggregate_.window->session) return false;
  if (aggregate_.window->slide_us == 0 || aggregate_.window->slide_us >= aggregate_.window->size_us)
    return false;
  ASSIGN_OR_RAISE(const auto accumulators, MakeAccumulators());
  return std::ranges::all_of(accumulators, [](const auto& one) { return one->mergeable(); });
}

Result<std::vector<std::unique_ptr<Accumulator>>> AggregatePlan::MakeAccumulators() const {
  std::vector<std::unique_ptr<Accumulator>> accumulators;
  for (const sql::AggregateCall& call : aggregate_.calls) {
    ASSIGN_OR_RAISE(auto made,
                    MakeAccumulator(call, ArgumentType(*input_, call), input_weighted()));
    accumulators.push_back(std::move(made));
  }
  return accumulators;
}

Result<std::unique_ptr<OperatorState>> AggregatePlan::Open() const {
  ASSIGN_OR_RAISE(auto accumulators, MakeAccumulators());
  if (aggregate_.window.has_value() && aggregate_.window->session) {
    return std::make_unique<SessionAggregateState>(*this, std::move(accumulators));
  }
  if (by_panes_) return std::make_unique<PaneAggregateState>(*this, std::move(accumulators));
  return std::make_unique<AggregateState>(*this, std::move(accumulators));
}

}  // namespace headrace::engine
