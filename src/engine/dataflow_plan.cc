#include "engine/dataflow_plan.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "engine/aggregate.h"
#include "engine/distinct.h"
#include "engine/expression_text.h"
#include "engine/generate.h"
#include "engine/grouping_sets.h"
#include "engine/latest_per_key.h"
#include "engine/map.h"
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
    has_window_ = false;
    ASSIGN_OR_RAISE(int node, Build(view.plan));
    if (view.emit == pipeline::View::Emit::kFinal && !has_window_) {
      return UserError(fmt::format("view '{}' says 'emit: final' but has no window", view.name),
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
          AddNode(std::make_shared<WatermarkPlan>(OutputOf(node), column, view.watermark->delay_us),
                  {node});
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
      return AddNode(std::make_shared<DistinctPlan>(OutputOf(input)), {input});
    }
    if (std::holds_alternative<sql::UnionAll>(plan->node)) return BuildUnionAll(*plan);
    if (const auto* sets = std::get_if<sql::GroupingSets>(&plan->node)) {
      ASSIGN_OR_RAISE(const int input, Build(plan->inputs[0]));
      return AddNode(std::make_shared<GroupingSetsPlan>(OutputOf(input), *sets, *plan->schema),
                     {input});
    }
    if (std::holds_alternative<sql::Generate>(plan->node)) {
      return BuildGenerate(plan, std::vector<bool>(plan->schema->num_fields(), false));
    }
    return BuildMap(plan);
  }

  // Merges filters and projections that follow each other into one operator.
  Result<int> BuildMap(const sql::PlanPtr& top) {
    sql::ExpressionPtr filter;
    std::vector<sql::ExpressionPtr> outputs = AllColumns(*top->schema);
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
    ASSIGN_OR_RAISE(const int input, std::holds_alternative<sql::Generate>(plan->node)
                                         ? BuildGenerate(plan, Unused(*plan, outputs, filter))
                                         : Build(plan));
    ASSIGN_OR_RAISE(auto map, MapPlan::Make(relation_, OutputOf(input), std::move(filter),
                                            std::move(outputs), top->schema->field_names()));
    return AddNode(std::move(map), {input});
  }

  Result<int> BuildGenerate(const sql::PlanPtr& plan, std::vector<bool> unused) {
    ASSIGN_OR_RAISE(const int input, Build(plan->inputs[0]));
    return AddNode(
        std::make_shared<GeneratePlan>(OutputOf(input), std::get<sql::Generate>(plan->node),
                                       *plan->schema, std::move(unused)),
        {input});
  }

  Result<int> BuildAggregate(const sql::Plan& plan, const sql::Aggregate& aggregate) {
    if (aggregate.window.has_value()) has_window_ = true;
    ASSIGN_OR_RAISE(const int input, Build(plan.inputs[0]));
    ASSIGN_OR_RAISE(auto made, AggregatePlan::Make(
                                   relation_, OutputOf(input), aggregate, *plan.schema,
                                   view_->emit == pipeline::View::Emit::kFinal, view_->keep_late));
    return AddNode(std::move(made), {input});
  }

  Result<int> BuildUnionAll(const sql::Plan& plan) {
    std::vector<int> inputs;
    std::vector<std::shared_ptr<arrow::Schema>> schemas;
    for (const sql::PlanPtr& input : plan.inputs) {
      ASSIGN_OR_RAISE(const int node, Build(input));
      inputs.push_back(node);
      schemas.push_back(OutputOf(node));
    }
    return AddNode(std::make_shared<UnionAllPlan>(*plan.schema, schemas), std::move(inputs));
  }

  int AddNode(std::shared_ptr<const OperatorPlan> plan, std::vector<int> inputs) {
    std::string id = relation_ + "/" + plan->kind();
    const int nth = ++kinds_[id];
    if (nth > 1) id += "/" + std::to_string(nth);
    std::string fingerprint = plan->Describe() + "\n";
    for (const int input : inputs) fingerprint += plan_.nodes[input].fingerprint + "\n";
    auto output = plan->output();
    plan_.nodes.push_back({std::move(id), relation_, std::move(plan), std::move(output),
                           std::move(inputs), std::move(fingerprint)});
    return static_cast<int>(plan_.nodes.size()) - 1;
  }

  const std::shared_ptr<arrow::Schema>& OutputOf(int node) const {
    return plan_.nodes[node].output;
  }

  const pipeline::Pipeline& pipeline_;
  DataflowPlan plan_;
  std::string relation_;  // in hand
  const pipeline::View* view_ = nullptr;
  bool has_window_ = false;
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
