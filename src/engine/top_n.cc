#include "engine/top_n.h"

#include <fmt/format.h>

#include "engine/top_n_state.h"

namespace headrace::engine {
namespace {

bool HasColumn(const arrow::Schema& schema, std::string_view name) {
  return schema.GetFieldIndex(std::string(name)) >= 0;
}

}  // namespace

bool TopNPlan::input_weighted() const { return HasColumn(*input_, kWeightColumn); }

Result<std::shared_ptr<const TopNPlan>> TopNPlan::Make(const std::string& view,
                                                       std::shared_ptr<arrow::Schema> input,
                                                       TopNSpec spec, const std::string& name) {
  if (spec.emit_final && !spec.event_time.has_value()) {
    return UserError(
        fmt::format("view '{}' says 'emit: final', but no partition of its {} ever ends", view,
                    spec.rank.function),
        "only windows end: PARTITION BY the window of a view that has a watermark, or emit "
        "changes");
  }
  arrow::FieldVector fields = input->fields();
  fields.resize(DataColumns(*input));
  if (spec.numbered) fields.push_back(arrow::field(name, arrow::int32(), false));
  std::shared_ptr<TopNPlan> plan(new TopNPlan(ChangeSchema(
      *arrow::schema(std::move(fields)), !spec.emit_final, spec.event_time.has_value())));
  plan->view_ = view;
  plan->input_ = std::move(input);
  plan->spec_ = std::move(spec);
  return plan;
}

std::string TopNPlan::Describe() const {
  std::string text = fmt::format("{} up to {} by", spec_.rank.function, spec_.limit);
  for (const int column : spec_.rank.partition) text += " " + input_->field(column)->ToString();
  text += " in order of";
  for (const sql::SortColumn& one : spec_.rank.order) {
    text += fmt::format(" {}{}{}", input_->field(one.column)->ToString(),
                        one.descending ? " desc" : "", one.nulls_first ? " nulls first" : "");
  }
  text += " of " + input_->ToString();
  if (spec_.event_time.has_value()) {
    text += fmt::format("; ends with {}, {}", input_->field(spec_.event_time->first)->name(),
                        spec_.event_time->second.ToString());
  }
  return text + (spec_.emit_final ? "; emit final" : "; emit changes");
}

Result<std::unique_ptr<OperatorState>> TopNPlan::Open() const {
  return std::make_unique<TopNState>(*this);
}

}  // namespace headrace::engine
