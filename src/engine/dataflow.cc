#include "engine/dataflow.h"

#include <utility>

namespace headrace::engine {

Result<std::unique_ptr<Dataflow>> Dataflow::Open(const DataflowPlan& plan) {
  std::unique_ptr<Dataflow> dataflow(new Dataflow(plan));
  for (size_t i = 0; i < plan.nodes.size(); ++i) {
    if (plan.nodes[i].plan == nullptr) continue;
    ASSIGN_OR_RAISE(dataflow->nodes_[i].state, plan.nodes[i].plan->Open());
  }
  return dataflow;
}

Status Dataflow::Run(std::map<std::string, std::vector<Changes>> inputs, MicroBatch& context) {
  for (auto& [source, batches] : inputs) {
    const auto entry = plan_.entries.find(source);
    if (entry == plan_.entries.end()) return Status::Invalid("there is no source '", source, "'");
    nodes_[entry->second].delta.batches = std::move(batches);
  }
  for (size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = nodes_[i];
    if (node.state == nullptr) {
      if (!inputs.contains(plan_.nodes[i].relation)) node.delta.batches.clear();
    } else {
      std::vector<const Delta*> from;
      for (const int input : plan_.nodes[i].inputs) from.push_back(&nodes_[input].delta);
      ASSIGN_OR_RAISE(node.delta, node.state->Process(from, context));
    }
    for (const Changes& changes : node.delta.batches) node.rows += changes.batch->num_rows();
  }
  return Status::OK();
}

const Delta& Dataflow::output(const std::string& relation) const {
  return nodes_[plan_.outputs.at(relation)].delta;
}

Status Dataflow::SaveChanges(
    const std::function<Status(const DataflowNode&, const StateBlock&)>& visit) {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].state == nullptr || !plan_.nodes[i].plan->stateful()) continue;
    StateBlock block;
    nodes_[i].state->SaveChanges(&block);
    if (!block.empty()) RETURN_NOT_OK(visit(plan_.nodes[i], block));
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
