#include "engine/dataflow.h"

#include <algorithm>
#include <future>
#include <iterator>
#include <utility>

namespace headrace::engine {

Dataflow::Dataflow(const DataflowPlan& plan, Workers& workers)
    : plan_(plan), workers_(workers), nodes_(plan.nodes.size()) {
  std::vector<size_t> levels(plan.nodes.size());
  for (size_t i = 0; i < plan.nodes.size(); ++i) {
    if (plan.nodes[i].plan == nullptr) continue;
    for (const int input : plan.nodes[i].inputs)
      levels[i] = std::max(levels[i], levels[static_cast<size_t>(input)] + 1);
    levels_.resize(std::max(levels_.size(), levels[i] + 1));
    levels_[levels[i]].push_back(static_cast<int>(i));
  }
}

Result<std::unique_ptr<Dataflow>> Dataflow::Open(const DataflowPlan& plan, Workers& workers) {
  std::unique_ptr<Dataflow> dataflow(new Dataflow(plan, workers));
  for (size_t i = 0; i < plan.nodes.size(); ++i) {
    if (plan.nodes[i].plan == nullptr) continue;
    ASSIGN_OR_RAISE(dataflow->nodes_[i].state, plan.nodes[i].plan->Open());
  }
  return dataflow;
}

Status Dataflow::Run(std::map<std::string, std::vector<Changes>> inputs, MicroBatch& context) {
  for (const auto& [source, entry] : plan_.entries) nodes_[entry].delta.batches.clear();
  for (auto& [source, batches] : inputs) {
    const auto entry = plan_.entries.find(source);
    if (entry == plan_.entries.end()) return Status::Invalid("there is no source '", source, "'");
    nodes_[entry->second].delta.batches = std::move(batches);
  }
  for (Node& node : nodes_) node.aside = {.now_us = context.now_us, .late = {}, .rejected = {}};
  for (const std::vector<int>& level : levels_) RETURN_NOT_OK(ProcessAll(level));
  for (Node& node : nodes_) {
    for (const Changes& changes : node.delta.batches) node.rows += changes.batch->num_rows();
    std::ranges::move(node.aside.late, std::back_inserter(context.late));
    std::ranges::move(node.aside.rejected, std::back_inserter(context.rejected));
  }
  return Status::OK();
}

Status Dataflow::Process(int node) {
  std::vector<const Delta*> inputs;
  for (const int input : plan_.nodes[node].inputs) inputs.push_back(&nodes_[input].delta);
  ASSIGN_OR_RAISE(nodes_[node].delta, nodes_[node].state->Process(inputs, nodes_[node].aside));
  return Status::OK();
}

Status Dataflow::ProcessAll(const std::vector<int>& nodes) {
  std::vector<std::future<Status>> others;
  for (size_t i = 1; i < nodes.size(); ++i)
    others.push_back(workers_.Start([this, node = nodes[i]] { return Process(node); }));
  Status status = nodes.empty() ? Status::OK() : Process(nodes.front());
  for (std::future<Status>& other : others) {  // all of them, for they use what is ours
    const Status processed = other.get();
    if (status.ok()) status = processed;
  }
  return status;
}

const Delta& Dataflow::output(const std::string& relation) const {
  return nodes_[plan_.outputs.at(relation)].delta;
}

Status Dataflow::SaveChanges(const std::function<Status(const DataflowNode&, StateBlock)>& visit) {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].state == nullptr || !plan_.nodes[i].plan->stateful()) continue;
    StateBlock block;
    nodes_[i].state->SaveChanges(&block);
    if (!block.empty()) RETURN_NOT_OK(visit(plan_.nodes[i], std::move(block)));
  }
  return Status::OK();
}

Status Dataflow::Restore(int node, std::string_view block) {
  OperatorState& state = *nodes_[node].state;
  return VisitStateBlock(block, [&](std::string_view key, std::optional<std::string_view> value) {
    return state.Restore(key, value);
  });
}

std::vector<OperatorReport> Dataflow::Report() const {
  std::vector<OperatorReport> reports;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    OperatorReport report{&plan_.nodes[i], nodes_[i].rows, 0, {}, nodes_[i].delta.watermark};
    if (nodes_[i].state != nullptr) {
      report.late = nodes_[i].state->late_rows();
      report.state = nodes_[i].state->state_size();
    }
    reports.push_back(report);
  }
  return reports;
}

}  // namespace headrace::engine
