#include "cli/explain_operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "sql/aggregate_functions.h"
#include "sql/plan_text.h"

namespace headrace::cli {
namespace {

using pipeline::Pipeline;
using pipeline::Source;
using pipeline::TraitsByRelation;
using pipeline::View;

// Makes the operator of each kind of node; the inputs are added by the caller.
class Explainer {
 public:
  Explainer(const Pipeline& pipeline, const View& view, const TraitsByRelation& traits)
      : pipeline_(pipeline), view_(view), traits_(traits) {}

  ExplainedOperator Explain(const sql::Plan& plan) const {
    ExplainedOperator made =
        std::visit([&](const auto& node) { return Make(node, plan); }, plan.node);
    for (const sql::PlanPtr& input : plan.inputs) made.inputs.push_back(Explain(*input));
    return made;
  }

 private:
  ExplainedOperator Make(const sql::Scan& scan, const sql::Plan&) const {
    const auto source = std::ranges::find(pipeline_.sources, scan.relation, &Source::name);
    if (source == pipeline_.sources.end()) return {"read", "view " + scan.relation, {}, {}};
    if (source->key.empty()) return {"read", "source " + scan.relation, {}, {}};
    const std::string key = fmt::format("{}", fmt::join(source->key, ", "));
    const std::string newest =
        source->order_by.empty()
            ? "arrived last"
            : fmt::format("has the largest {}", fmt::join(source->order_by, "."));
    return {"latest",
            fmt::format("of each {} in source {}", key, scan.relation),
            {{"newest", "the record that " + newest},
             {"state", fmt::format("one row for each {}, of the columns that are read", key)}},
            {}};
  }

  ExplainedOperator Make(const sql::Filter& filter, const sql::Plan& plan) const {
    return {"filter", Text(*filter.predicate, plan), {}, {}};
  }

  ExplainedOperator Make(const sql::Project& project, const sql::Plan& plan) const {
    ExplainedOperator made{"project", "", {}, {}};
    for (size_t i = 0; i < project.expressions.size(); ++i) {
      const std::string& name = plan.schema->field(static_cast<int>(i))->name();
      made.details.emplace_back(name, Text(*project.expressions[i], plan));
    }
    return made;
  }

  ExplainedOperator Make(const sql::Aggregate& aggregate, const sql::Plan& plan) const {
    const arrow::Schema& input = *plan.inputs[0]->schema;
    std::vector<std::string> groups;
    if (aggregate.window) groups.push_back(WindowText(*aggregate.window, input));
    for (const int key : aggregate.keys) groups.push_back(input.field(key)->name());
    std::vector<std::string> calls;
    for (const sql::AggregateCall& call : aggregate.calls) calls.push_back(CallText(call, input));
    ExplainedOperator made{
        "aggregate",
        groups.empty() ? "over all rows" : fmt::format("by {}", fmt::join(groups, ", ")),
        {},
        {}};
    if (!calls.empty())
      made.details.emplace_back("computes", fmt::format("{}", fmt::join(calls, ", ")));
    const pipeline::RelationTraits below = TraitsOfPlan(*plan.inputs[0], traits_);
    made.details.emplace_back("state", StateText(aggregate, input, below.retracts));
    if (aggregate.window) AddClosing(made, below.watermarked);
    return made;
  }

  ExplainedOperator Make(const sql::Distinct&, const sql::Plan& plan) const {
    return {"distinct",
            fmt::format("rows of {}", fmt::join(plan.schema->field_names(), ", ")),
            {{"state", "each different row, and how often it is there"}},
            {}};
  }

  ExplainedOperator Make(const sql::RelationJoin& join, const sql::Plan& plan) const {
    ExplainedOperator made{"join", std::string(sql::JoinKindName(join.kind)), {}, {}};
    if (join.condition != nullptr) {
      made.details.emplace_back("on", sql::ExpressionText(*join.condition, *sql::JoinInput(plan)));
    }
    const bool bounded = TraitsOfPlan(plan, traits_).watermarked;
    made.details.emplace_back("state", bounded ? "rows of both sides that may still match, by the "
                                                 "watermarks of both"
                                               : "every row of both sides, of the columns that are "
                                                 "read");
    return made;
  }

  ExplainedOperator Make(const sql::Rank& rank, const sql::Plan& plan) const {
    const arrow::Schema& input = *plan.inputs[0]->schema;
    std::vector<std::string> keys;
    for (const int key : rank.partition) keys.push_back(input.field(key)->name());
    std::vector<std::string> order;
    for (const sql::SortColumn& one : rank.order)
      order.push_back(input.field(one.column)->name() + (one.descending ? " DESC" : ""));
    const bool retracts = TraitsOfPlan(*plan.inputs[0], traits_).retracts;
    return {"rank",
            fmt::format("{} of the rows{}", rank.function,
                        keys.empty() ? "" : fmt::format(" of each {}", fmt::join(keys, ", "))),
            {{"order", fmt::format("{}", fmt::join(order, ", "))},
             {"state", retracts ? "every row, because rows may be taken back"
                                : "the rows up to the limit, of the columns that are read"}},
            {}};
  }

  ExplainedOperator Make(const sql::UnionAll&, const sql::Plan&) const {
    return {"union", "of all rows", {}, {}};
  }

  ExplainedOperator Make(const sql::GroupingSets& sets, const sql::Plan& plan) const {
    return {"grouping sets",
            fmt::format("each row {} times", sets.sets.size()),
            {{"sets", sql::NodeText(plan)}},
            {}};
  }

  ExplainedOperator Make(const sql::Generate& generate, const sql::Plan& plan) const {
    return {"generate",
            fmt::format("a row for each element of {}{}",
                        plan.inputs[0]->schema->fields().back()->name(),
                        generate.outer ? ", one where there is none" : ""),
            {},
            {}};
  }

  // When a window ends, and what that means for rows and state.
  void AddClosing(ExplainedOperator& made, bool watermarked) const {
    if (!watermarked) {
      made.details.emplace_back("windows",
                                "never close: there is no watermark upstream, so the "
                                "state of every window is kept");
      return;
    }
    made.details.emplace_back(
        "windows", fmt::format("close when the watermark passes their end; then their state goes{}",
                               view_.emit == View::Emit::kFinal ? ", and each is given once" : ""));
    made.details.emplace_back(
        "late", view_.keep_late
                    ? fmt::format("rows are counted and kept in the topic {}.late", view_.name)
                    : "rows are counted and dropped");
  }

  static std::string WindowText(const sql::Window& window, const arrow::Schema& input) {
    if (window.session)
      return fmt::format("session_window({}, '{}')", input.field(window.time_column)->name(),
                         sql::DurationText(window.size_us));
    std::string text = fmt::format("window({}, '{}'", input.field(window.time_column)->name(),
                                   sql::DurationText(window.size_us));
    if (window.slide_us != window.size_us)
      text += fmt::format(", '{}'", sql::DurationText(window.slide_us));
    if (window.start_us != 0)
      text += fmt::format(", from '{}'", sql::DurationText(window.start_us));
    return text + ")";
  }

  static std::string CallText(const sql::AggregateCall& call, const arrow::Schema& input) {
    return fmt::format("{}({}{})", call.function, call.distinct ? "DISTINCT " : "",
                       call.argument ? input.field(*call.argument)->name() : "*");
  }

  // Counts and sums can take a row back; the others must remember the values that are left.
  static std::string StateText(const sql::Aggregate& aggregate, const arrow::Schema& input,
                               bool retracts) {
    std::vector<std::string> values;
    for (const sql::AggregateCall& call : aggregate.calls) {
      const bool one = call.function == "min" || call.function == "max" ||
                       call.function == "first" || call.function == "last" ||
                       call.function == "any_value";
      const bool all = call.distinct || sql::KeepsValues(call.function) || (one && retracts);
      if (!call.argument || !all) continue;
      const std::string& column = input.field(*call.argument)->name();
      if (std::ranges::find(values, column) == values.end()) values.push_back(column);
    }
    const bool grouped = aggregate.window || !aggregate.keys.empty();
    std::string text = grouped ? "one row for each group" : "one row";
    if (!values.empty()) {
      text += fmt::format(", and with it every value of {}{}", fmt::join(values, ", "),
                          retracts ? ", because rows may be taken back" : "");
    }
    return text;
  }

  static std::string Text(const sql::Expression& expression, const sql::Plan& plan) {
    return sql::ExpressionText(expression, *plan.inputs[0]->schema);
  }

  const Pipeline& pipeline_;
  const View& view_;
  const TraitsByRelation& traits_;
};

}  // namespace

ExplainedOperator ExplainOperators(const Pipeline& pipeline, const View& view,
                                   const TraitsByRelation& traits) {
  return Explainer(pipeline, view, traits).Explain(*view.plan);
}

}  // namespace headrace::cli
