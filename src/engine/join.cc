#include "engine/join.h"

#include <fmt/format.h>

#include "engine/expression_text.h"
#include "engine/join_state.h"

namespace headrace::engine {
namespace {

bool HasColumn(const arrow::Schema& schema, std::string_view name) {
  return schema.GetFieldIndex(std::string(name)) >= 0;
}

std::shared_ptr<arrow::Schema> BothSides(const arrow::Schema& left, const arrow::Schema& right) {
  arrow::FieldVector fields;
  for (int i = 0; i < DataColumns(left); ++i) {
    fields.push_back(left.field(i)->WithName("left." + left.field(i)->name()));
  }
  for (int i = 0; i < DataColumns(right); ++i) {
    fields.push_back(right.field(i)->WithName("right." + right.field(i)->name()));
  }
  return arrow::schema(std::move(fields));
}

// Whether rows that were emitted may be taken back although those of the inputs never are.
bool TakesBack(const JoinSpec& spec) {
  if (spec.emit_final) return false;
  return sql::KeepsLeft(spec.kind) || sql::KeepsRight(spec.kind) ||
         spec.kind == sql::JoinKind::kLeftAnti;
}

Status Check(const std::string& view, const JoinSpec& spec) {
  if (spec.residual != nullptr && DependsOnClock(*spec.residual)) {
    return UserError(fmt::format("view '{}' joins by a condition on the current time", view),
                     "a row may have to be joined again later, when the time is another; use a "
                     "time of the rows instead");
  }
  const bool ends = spec.bound.has_value() && spec.bound->EndsLeft() && spec.bound->EndsRight();
  if (spec.emit_final && !ends) {
    return UserError(
        fmt::format(
            "view '{}' says 'emit: final', but its join never knows that no match will come", view),
        "give both inputs a watermark and bound the distance of their times on both sides: ... AND "
        "r.time BETWEEN l.time AND l.time + INTERVAL '10' MINUTES");
  }
  return Status::OK();
}

std::string Micros(const std::optional<int64_t>& value) {
  return value.has_value() ? fmt::format("{} us", *value) : "any";
}

std::string TimeText(const std::optional<TimeBound>& time) {
  return time.has_value() ? time->ToString() : "no event time";
}

}  // namespace

Result<std::shared_ptr<const JoinPlan>> JoinPlan::Make(const std::string& view,
                                                       std::shared_ptr<arrow::Schema> left,
                                                       std::shared_ptr<arrow::Schema> right,
                                                       JoinSpec spec,
                                                       const std::vector<std::string>& names) {
  RETURN_NOT_OK(Check(view, spec));
  auto both = BothSides(*left, *right);
  arrow::FieldVector fields;
  for (size_t i = 0; i < spec.outputs.size(); ++i) {
    const int column = spec.outputs[i];
    const bool filled =
        column < spec.left_columns ? sql::KeepsRight(spec.kind) : sql::KeepsLeft(spec.kind);
    auto field = both->field(column)->WithName(names[i]);
    fields.push_back(filled ? field->WithNullable(true) : field);
  }
  const bool weighted =
      HasColumn(*left, kWeightColumn) || HasColumn(*right, kWeightColumn) || TakesBack(spec);
  const bool watermarked =
      spec.bound.has_value() && spec.bound->EndsLeft() && spec.bound->EndsRight();
  std::shared_ptr<JoinPlan> plan(
      new JoinPlan(ChangeSchema(*arrow::schema(std::move(fields)), weighted, watermarked)));
  plan->view_ = view;
  plan->spec_ = std::move(spec);
  plan->inputs_[0] = std::move(left);
  plan->inputs_[1] = std::move(right);
  plan->both_ = std::move(both);
  return plan;
}

std::string JoinPlan::Describe() const {
  std::string text = fmt::format("join {} of {}", sql::JoinKindName(spec_.kind), both_->ToString());
  for (const JoinSpec::Key& key : spec_.keys) {
    text += fmt::format("; {} {} {}", both_->field(key.left)->name(), key.null_safe ? "<=>" : "=",
                        both_->field(left_columns() + key.right)->name());
  }
  if (spec_.bound.has_value()) {
    const JoinSpec::Bound& bound = *spec_.bound;
    text += fmt::format(
        "; {} - {} from {} to {}; {}; {}", both_->field(left_columns() + bound.right)->name(),
        both_->field(bound.left)->name(), Micros(bound.lower_us), Micros(bound.upper_us),
        TimeText(bound.left_time), TimeText(bound.right_time));
  }
  if (spec_.residual != nullptr) text += "; where " + ExpressionText(*spec_.residual, *both_);
  return text + (spec_.emit_final ? "; emit final" : "; emit changes");
}

Result<std::unique_ptr<OperatorState>> JoinPlan::Open() const { return JoinState::Open(*this); }

}  // namespace headrace::engine
