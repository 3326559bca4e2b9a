#include "engine/dataflow_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/aggregate.h"
#include "engine/distinct.h"
#include "engine/expression_text.h"
#include "engine/generate.h"
#include "engine/grouping_sets.h"
#include "engine/join.h"
#include "engine/join_layout.h"
#include "engine/latest_per_key.h"
#include "engine/map.h"
#include "engine/rank_limit.h"
#include "engine/top_n.h"
#include "engine/union_all.h"
#include "engine/watermark.h"
#include "sql/structure.h"

namespace headrace::engine {
namespace {

sql::ExpressionPtr And(const sql::ExpressionPtr& first, const sql::ExpressionPtr& second) {
  auto both = std::make_shared<sql::Expression>();
  both->node = sql::Call{"and", {first, second}};
  both->type = arrow::boolean();
  both->nullable = first->nullable || second->nullable;
  both->span = first->span;
  return both;
}

std::vector<sql::ExpressionPtr> AllColumns(const arrow::Schema& schema) {
  std::vector<sql::ExpressionPtr> columns;
  for (int i = 0; i < DataColumns(schema); ++i) {
    auto column = std::make_shared<sql::Expression>();
    column->node = sql::ColumnReference{i};
    column->type = schema.field(i)->type();
    column->nullable = schema.field(i)->nullable();
    columns.push_back(std::move(column));
  }
  return columns;
}

void MarkUsed(const sql::Expression& expression, std::vector<bool>* unused) {
  if (const auto* column = std::get_if<sql::ColumnReference>(&expression.node))
    (*unused)[static_cast<size_t>(column->index)] = false;
  for (const sql::ExpressionPtr& child : sql::ChildrenOf(expression)) MarkUsed(*child, unused);
}

// Which columns of `plan` neither the outputs nor the filter (may be null) over it read.
std::vector<bool> Unused(const sql::Plan& plan, const std::vector<sql::ExpressionPtr>& outputs,
                         const sql::ExpressionPtr& filter) {
  std::vector<bool> unused(static_cast<size_t>(plan.schema->num_fields()), true);
  for (const sql::ExpressionPtr& output : outputs) MarkUsed(*output, &unused);
  if (filter != nullptr) MarkUsed(*filter, &unused);
  return unused;
}

// Whether `outputs` are all data columns of `schema`, in their order and under their names.
bool IsWhole(const arrow::Schema& schema, const std::vector<sql::ExpressionPtr>& outputs,
             const std::vector<std::string>& names) {
  if (static_cast<int>(outputs.size()) != DataColumns(schema)) return false;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const int column = static_cast<int>(i);
    const auto* copied = std::get_if<sql::ColumnReference>(&outputs[i]->node);
    if (copied == nullptr || copied->index != column || schema.field(column)->name() != names[i]) {
      return false;
    }
  }
  return true;
}

// A pair that is still to come has a new row; the other one is within the bound of it.
EventTimes TimesOfJoin(const JoinSpec& spec) {
  EventTimes times;
  if (!spec.bound.has_value()) return times;
  const JoinSpec::Bound& bound = *spec.bound;
  if (!bound.EndsLeft() || !bound.EndsRight()) return times;
  const int left_columns = spec.left_columns;
  const int64_t left_us = bound.left_time->lag_us;
  const int64_t right_us = bound.right_time->lag_us;
  const TimeBound left{std::max(left_us, right_us + *bound.upper_us)};
  const TimeBound right{std::max(right_us, left_us - *bound.lower_us)};
  for (size_t i = 0; i < spec.outputs.size(); ++i) {
    const int column = static_cast<int>(i);
    if (spec.outputs[i] == bound.left) times.push_back({column, "", left});
    if (spec.outputs[i] == left_columns + bound.right) {
      times.push_back({column, "", right});
    }
  }
  return times;
}

// The bound of the time that windows are made of; a time of which nothing is known is taken as the
// one that the watermark is declared on.
TimeBound WindowTime(const sql::Aggregate& aggregate, const EventTimes& times) {
  if (!aggregate.window.has_value()) return {};
  return BoundAt(times, aggregate.window->time_column).value_or(TimeBound{});
}

// A window that still changes ends behind the watermark.
EventTimes TimesOfGroups(const sql::Aggregate& aggregate, const EventTimes& times) {
  EventTimes groups;
  if (aggregate.window.has_value()) {
    const sql::Window& window = *aggregate.window;
    const int64_t lag_us = WindowTime(aggregate, times).lag_us;
    if (window.session) {
      // Its start may be any time ago.
      groups.push_back({0, "end", {lag_us}});
      return groups;
    }
    groups.push_back(
        {0,
         "start",
         {lag_us + window.size_us, window.slide_us, window.start_us % window.slide_us}});
    groups.push_back(
        {0,
         "end",
         {lag_us, window.slide_us, (window.start_us + window.size_us) % window.slide_us}});
    return groups;
  }
  for (size_t i = 0; i < aggregate.keys.size(); ++i) {
    for (const EventTime& time : times) {
      if (time.column != aggregate.keys[i]) continue;
      groups.push_back({static_cast<int>(i), time.field, time.bound});
    }
  }
  return groups;
}

class Planner {
 public:
  explicit Planner(const pipeline::Pipeline& pipeline) : pipeline_(pipeline) {}

  Result<DataflowPlan> Plan() {
    for (const pipeline::Source& source : pipeline_.sources) RETURN_NOT_OK(AddSource(source));
    for (const pipeline::View& view : pipeline_.views) RETURN_NOT_OK(AddView(view));
    return std::move(plan_);
  }

 private:
  Status AddSource(const pipeline::Source& source) {
    relation_ = source.name;
    const bool keyed = !source.key.empty();
    const int entry = static_cast<int>(plan_.nodes.size());
    DataflowNode node{source.name + "/source",
                      source.name,
                      nullptr,
                      ChangeSchema(*source.read_schema, keyed, false),
                      {},
                      {},
                      ""};
    node.fingerprint = fmt::format("source {}: {}", source.name, node.output->ToString());
    plan_.nodes.push_back(std::move(node));
    plan_.entries[source.name] = plan_.outputs[source.name] = entry;
    if (!keyed) return Status::OK();
    ASSIGN_OR_RAISE(auto latest, LatestPerKeyPlan::Make(source.name, OutputOf(entry), source.key,
                                                        source.order_by));
    plan_.outputs[source.name] = AddNode(std::move(latest), {entry});
    return Status::OK();
  }

  Status AddView(const pipeline::View& view) {
    relation_ = view.name;
    view_ = &view;
    has_window_ = has_join_ = has_top_n_ = false;
    ASSIGN_OR_RAISE(int node, Build(view.plan));
    if (view.emit == pipeline::View::Emit::kFinal && !has_window_ && !has_join_ && !has_top_n_) {
      return UserError(
          fmt::format("view '{}' says 'emit: final' but has no window and no join", view.name),
          "only windows end; group by window(time, '1 hour'), or emit changes");
    }
    if (view.watermark.has_value()) {
      const int column = OutputOf(node)->GetFieldIndex(view.watermark->column);
      if (column < 0 || OutputOf(node)->field(column)->type()->id() != arrow::Type::TIMESTAMP) {
        return UserError(
            fmt::format("the watermark of view '{}' is on '{}', which is no timestamp "
                        "column of it",
                        view.name, view.watermark->column));
      }
      node =
          AddNode(std::make_shared<WatermarkPlan>(OutputOf(node), column, view.watermark->delay_us,
                                                  view.watermark->idle_after_us),
                  {node}, {{column, "", {}}});
    }
    plan_.outputs[view.name] = node;
    return Status::OK();
  }

  // Returns the node that yields what `plan` yields; one for all that read the same plan (WITH).
  Result<int> Build(const sql::PlanPtr& plan) {
    if (const auto built = built_.find(plan); built != built_.end()) return built->second;
    ASSIGN_OR_RAISE(const int node, BuildNew(plan));
    built_[plan] = node;
    return node;
  }

  Result<int> BuildNew(const sql::PlanPtr& plan) {
    if (const auto* scan = std::get_if<sql::Scan>(&plan->node)) {
      const auto found = plan_.outputs.find(scan->relation);
      if (found == plan_.outputs.end()) {
        return Status::Invalid("view '", relation_, "' reads '", scan->relation,
                               "', which no source and no earlier view yields");
      }
      return found->second;
    }
    if (const auto* aggregate = std::get_if<sql::Aggregate>(&plan->node)) {
      return BuildAggregate(*plan, *aggregate);
    }
    if (std::holds_alternative<sql::Distinct>(plan->node)) {
      ASSIGN_OR_RAISE(const int input, Build(plan->inputs[0]));
      return AddNode(std::make_shared<DistinctPlan>(OutputOf(input)), {input}, TimesOf(input));
    }
    if (std::holds_alternative<sql::UnionAll>(plan->node)) return BuildUnionAll(*plan);
    if (const auto* sets = std::get_if<sql::GroupingSets>(&plan->node)) {
      ASSIGN_OR_RAISE(const int input, Build(plan->inputs[0]));
      return AddNode(std::make_shared<GroupingSetsPlan>(OutputOf(input), *sets, *plan->schema),
                     {input}, TimesOf(input));
    }
    if (std::holds_alternative<sql::Generate>(plan->node)) {
      return BuildGenerate(plan, std::vector<bool>(plan->schema->num_fields(), false));
    }
    return BuildMap(plan);
  }

  Result<int> BuildMap(const sql::PlanPtr& top) {
    return BuildColumns(top, AllColumns(*top->schema), top->schema->field_names());
  }

  // Returns the node that yields `outputs`, which are over the columns of `top`. Merges filters and
  // projections that follow each other into one operator.
  Result<int> BuildColumns(const sql::PlanPtr& top, std::vector<sql::ExpressionPtr> outputs,
                           const std::vector<std::string>& names) {
    sql::ExpressionPtr filter;
    sql::PlanPtr plan = top;
    for (;; plan = plan->inputs[0]) {
      if (const auto* one = std::get_if<sql::Filter>(&plan->node)) {
        filter = filter == nullptr ? one->predicate : And(one->predicate, filter);
      } else if (const auto* project = std::get_if<sql::Project>(&plan->node)) {
        for (sql::ExpressionPtr& output : outputs) {
          output = Substitute(output, project->expressions);
        }
        if (filter != nullptr) filter = Substitute(filter, project->expressions);
      } else {
        break;
      }
    }
    int input = 0;
    if (std::holds_alternative<sql::RelationJoin>(plan->node)) {
      ASSIGN_OR_RAISE(input, BuildJoin(*plan, &outputs, &filter));
    } else if (std::holds_alternative<sql::Rank>(plan->node)) {
      ASSIGN_OR_RAISE(input, BuildTopN(*plan, &outputs, &filter));
    } else if (std::holds_alternative<sql::Generate>(plan->node)) {
      ASSIGN_OR_RAISE(input, BuildGenerate(plan, Unused(*plan, outputs, filter)));
    } else {
      ASSIGN_OR_RAISE(input, Build(plan));
    }
    if (filter == nullptr && IsWhole(*OutputOf(input), outputs, names)) return input;
    EventTimes times = ThroughMap(outputs, TimesOf(input));
    ASSIGN_OR_RAISE(auto map, MapPlan::Make(relation_, OutputOf(input), std::move(filter),
                                            std::move(outputs), names));
    return AddNode(std::move(map), {input}, std::move(times));
  }

  // Builds a join of what is read of it: `outputs` and `filter` (may be null) are over its columns,
  // and then over those of the node that is returned.
  Result<int> BuildJoin(const sql::Plan& plan, std::vector<sql::ExpressionPtr>* outputs,
                        sql::ExpressionPtr* filter) {
    std::set<int> used;
    for (const sql::ExpressionPtr& output : *outputs) used.merge(sql::ColumnsOf(*output));
    if (*filter != nullptr) used.merge(sql::ColumnsOf(**filter));
    if (used.empty()) used = {0};
    const JoinLayout layout(plan, used);
    int inputs[2];
    for (int side = 0; side < 2; ++side) {
      std::vector<std::string> names;
      for (const sql::ExpressionPtr& column : layout.columns(side)) {
        const auto* plain = std::get_if<sql::ColumnReference>(&column->node);
        names.push_back(plain == nullptr ? ExpressionText(*column, *plan.inputs[side]->schema)
                                         : plan.inputs[side]->schema->field(plain->index)->name());
      }
      ASSIGN_OR_RAISE(inputs[side], BuildColumns(plan.inputs[side], layout.columns(side), names));
    }
    JoinSpec spec = layout.MakeSpec(TimesOf(inputs[0]), TimesOf(inputs[1]));
    spec.emit_final = view_->emit == pipeline::View::Emit::kFinal;
    spec.keep_late = view_->keep_late;
    std::vector<std::string> names;
    for (const int column : used) names.push_back(plan.schema->field(column)->name());
    EventTimes times = TimesOfJoin(spec);
    ASSIGN_OR_RAISE(auto join, JoinPlan::Make(relation_, OutputOf(inputs[0]), OutputOf(inputs[1]),
                                              std::move(spec), names));
    const auto place = [&](int column) {
      return static_cast<int>(std::distance(used.begin(), used.find(column)));
    };
    for (sql::ExpressionPtr& output : *outputs) output = sql::MapColumns(output, place);
    if (*filter != nullptr) *filter = sql::MapColumns(*filter, place);
    has_join_ = true;
    return AddNode(std::move(join), {inputs[0], inputs[1]}, std::move(times));
  }

  Result<int> BuildGenerate(const sql::PlanPtr& plan, std::vector<bool> unused) {
    ASSIGN_OR_RAISE(const int input, Build(plan->inputs[0]));
    // What is in the last column is taken apart; the others stay where they are.
    const int arrays = DataColumns(*OutputOf(input)) - 1;
    EventTimes times = TimesOf(input);
    std::erase_if(times, [arrays](const EventTime& time) { return time.column == arrays; });
    return AddNode(
        std::make_shared<GeneratePlan>(OutputOf(input), std::get<sql::Generate>(plan->node),
                                       *plan->schema, std::move(unused)),
        {input}, std::move(times));
  }

  // Builds a rank of which `filter` limits the number; both are as with BuildJoin().
  Result<int> BuildTopN(const sql::Plan& plan, std::vector<sql::ExpressionPtr>* outputs,
                        sql::ExpressionPtr* filter) {
    TopNSpec spec;
    spec.rank = std::get<sql::Rank>(plan.node);
    const int number = plan.schema->num_fields() - 1;
    RankLimit limit = LimitOf(*filter, number);
    if (!limit.limit.has_value()) {
      return UserError(
          fmt::format("{}() of view '{}' needs a limit", spec.rank.function, relation_),
          "say how many of each partition are wanted: QUALIFY row_number() OVER (...) <= 10");
    }
    spec.limit = *limit.limit;
    *filter = std::move(limit.rest);
    std::set<int> used;
    for (const sql::ExpressionPtr& output : *outputs) used.merge(sql::ColumnsOf(*output));
    if (*filter != nullptr) used.merge(sql::ColumnsOf(**filter));
    spec.numbered = used.erase(number) > 0;
    used.insert(spec.rank.partition.begin(), spec.rank.partition.end());
    for (const sql::SortColumn& one : spec.rank.order) used.insert(one.column);
    const auto place = [&](int column) {
      if (column == number) return static_cast<int>(used.size());
      return static_cast<int>(std::distance(used.begin(), used.find(column)));
    };
    const std::vector<sql::ExpressionPtr> all = AllColumns(*plan.inputs[0]->schema);
    std::vector<sql::ExpressionPtr> columns;
    std::vector<std::string> names;
    for (const int column : used) {
      columns.push_back(all[column]);
      names.push_back(plan.schema->field(column)->name());
    }
    ASSIGN_OR_RAISE(const int input, BuildColumns(plan.inputs[0], std::move(columns), names));
    EventTimes times;
    for (int& column : spec.rank.partition) {
      column = place(column);
      for (const EventTime& time : TimesOf(input)) {
        if (time.column != column || !time.field.empty() || spec.event_time.has_value()) continue;
        spec.event_time = {column, time.bound};
        times.push_back(time);
      }
    }
    for (sql::SortColumn& one : spec.rank.order) one.column = place(one.column);
    for (sql::ExpressionPtr& output : *outputs) output = sql::MapColumns(output, place);
    if (*filter != nullptr) *filter = sql::MapColumns(*filter, place);
    spec.emit_final = view_->emit == pipeline::View::Emit::kFinal;
    spec.keep_late = view_->keep_late;
    ASSIGN_OR_RAISE(auto top, TopNPlan::Make(relation_, OutputOf(input), std::move(spec),
                                             plan.schema->field(number)->name()));
    has_top_n_ = true;
    return AddNode(std::move(top), {input}, std::move(times));
  }

  Result<int> BuildAggregate(const sql::Plan& plan, const sql::Aggregate& aggregate) {
    if (aggregate.window.has_value()) has_window_ = true;
    ASSIGN_OR_RAISE(const int input, Build(plan.inputs[0]));
    ASSIGN_OR_RAISE(auto made,
                    AggregatePlan::Make(relation_, OutputOf(input), aggregate, *plan.schema,
                                        view_->emit == pipeline::View::Emit::kFinal,
                                        view_->keep_late, WindowTime(aggregate, TimesOf(input))));
    return AddNode(std::move(made), {input}, TimesOfGroups(aggregate, TimesOf(input)));
  }

  Result<int> BuildUnionAll(const sql::Plan& plan) {
    std::vector<int> inputs;
    std::vector<std::shared_ptr<arrow::Schema>> schemas;
    std::vector<EventTimes> times;
    for (const sql::PlanPtr& input : plan.inputs) {
      ASSIGN_OR_RAISE(const int node, Build(input));
      inputs.push_back(node);
      schemas.push_back(OutputOf(node));
      times.push_back(TimesOf(node));
    }
    return AddNode(std::make_shared<UnionAllPlan>(*plan.schema, schemas), std::move(inputs),
                   InAll(times));
  }

  int AddNode(std::shared_ptr<const OperatorPlan> plan, std::vector<int> inputs,
              EventTimes event_times = {}) {
    std::string id = relation_ + "/" + plan->kind();
    const int nth = ++kinds_[id];
    if (nth > 1) id += "/" + std::to_string(nth);
    std::string fingerprint = plan->Describe() + "\n";
    for (const int input : inputs) fingerprint += plan_.nodes[input].fingerprint + "\n";
    auto output = plan->output();
    plan_.nodes.push_back({std::move(id), relation_, std::move(plan), std::move(output),
                           std::move(inputs), std::move(event_times), std::move(fingerprint)});
    return static_cast<int>(plan_.nodes.size()) - 1;
  }

  const std::shared_ptr<arrow::Schema>& OutputOf(int node) const {
    return plan_.nodes[node].output;
  }

  const EventTimes& TimesOf(int node) const { return plan_.nodes[node].event_times; }

  const pipeline::Pipeline& pipeline_;
  DataflowPlan plan_;
  std::string relation_;  // in hand
  const pipeline::View* view_ = nullptr;
  bool has_window_ = false;
  bool has_join_ = false;
  bool has_top_n_ = false;
  std::map<std::string, int> kinds_;
  std::map<sql::PlanPtr, int> built_;
};

}  // namespace

Result<DataflowPlan> PlanDataflow(const pipeline::Pipeline& pipeline) {
  return Planner(pipeline).Plan();
}

std::set<std::string> SourcesOf(const DataflowPlan& plan, const std::string& relation) {
  std::set<std::string> sources;
  // Inputs come before the operators that read them: one way back meets every node once.
  std::vector<bool> needed(plan.nodes.size(), false);
  needed[plan.outputs.at(relation)] = true;
  for (size_t i = plan.nodes.size(); i-- > 0;) {
    if (!needed[i]) continue;
    const DataflowNode& node = plan.nodes[i];
    if (node.plan == nullptr) sources.insert(node.relation);
    for (const int input : node.inputs) needed[input] = true;
  }
  return sources;
}

}  // namespace headrace::engine
