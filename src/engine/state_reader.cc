#include "engine/state_reader.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "engine/rows.h"
#include "engine/state_check.h"

namespace headrace::engine {
namespace {

Result<ChangeBatch> DataOf(const ChangeBatch& batch) {
  arrow::FieldVector fields = batch->schema()->fields();
  fields.resize(static_cast<size_t>(DataColumns(*batch->schema())));
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), batch->num_rows(),
                                  DataArrays(*batch));
}

}  // namespace

Result<std::unique_ptr<StateReader>> StateReader::Open(const pipeline::Pipeline& pipeline) {
  std::unique_ptr<StateReader> reader(new StateReader(pipeline));
  ASSIGN_OR_RAISE(reader->plan_, PlanDataflow(pipeline));
  ASSIGN_OR_RAISE(reader->store_, CheckpointStore::OpenToRead(pipeline.state + "/checkpoint"));
  reader->ListOperators();
  return reader;
}

void StateReader::ListOperators() {
  std::map<std::string, std::string> left = store_->fingerprints();
  for (const DataflowNode& node : plan_.nodes) {
    if (node.plan == nullptr || !node.plan->stateful()) continue;
    OperatorEntry entry{node.id, node.relation, StateFit::kNew, &node, "", 0};
    const auto found = left.find(node.id);
    if (found != left.end()) {
      entry.fit = found->second == node.fingerprint ? StateFit::kFits : StateFit::kChanged;
      if (entry.fit == StateFit::kChanged)
        entry.difference = FingerprintDifference(found->second, node.fingerprint);
      entry.stored_bytes = store_->StateBytes(node.id);
      left.erase(found);
    }
    operators_.push_back(std::move(entry));
  }
  for (const auto& [id, fingerprint] : left) {
    operators_.push_back(
        {id, id.substr(0, id.find('/')), StateFit::kGone, nullptr, "", store_->StateBytes(id)});
  }
}

Result<std::unique_ptr<OperatorState>> StateReader::Load(const DataflowNode& node) const {
  ASSIGN_OR_RAISE(auto state, node.plan->Open());
  RETURN_NOT_OK(store_->VisitState(node.id, [&](std::string_view block) {
    return VisitStateBlock(block, [&](std::string_view key, std::optional<std::string_view> value) {
      return state->Restore(key, value);
    });
  }));
  return state;
}

Result<OperatorMeasure> StateReader::Measure(const OperatorEntry& entry) const {
  if (entry.fit != StateFit::kFits)
    return Status::Invalid("the state of ", entry.id, " cannot be read");
  ASSIGN_OR_RAISE(const auto state, Load(*entry.node));
  return OperatorMeasure{state->state_size(), state->watermark()};
}

Status StateReader::VisitRows(const std::string& relation, const RowVisitor& visit) const {
  const auto output = plan_.outputs.find(relation);
  if (output == plan_.outputs.end()) {
    std::vector<std::string> names;
    for (const auto& [name, node] : plan_.outputs) names.push_back(name);
    return UserError("there is no source or view '" + relation + "'",
                     HintOfNames("sources and views", relation, names));
  }
  return VisitNode(output->second, relation,
                   [&](const ChangeBatch& batch) -> Result<bool> {
                     ASSIGN_OR_RAISE(const ChangeBatch rows, DataOf(batch));
                     return visit(rows);
                   })
      .status();
}

Result<bool> StateReader::VisitNode(int index, const std::string& relation,
                                    const RowVisitor& visit) const {
  const DataflowNode& node = plan_.nodes[static_cast<size_t>(index)];
  if (node.plan == nullptr || node.plan->output_rows() == OutputRows::kNotKept)
    return NotKept(node, relation);
  if (node.plan->output_rows() == OutputRows::kOfInputs) return VisitInputs(index, relation, visit);
  const auto entry = std::ranges::find(operators_, node.id, &OperatorEntry::id);
  if (entry->fit == StateFit::kNew) return true;
  if (entry->fit == StateFit::kChanged) {
    return UserError(
        fmt::format("the state of {} was made by another query\n   {}", node.id, entry->difference),
        "undo the change to read it");
  }
  ASSIGN_OR_RAISE(const auto state, Load(node));
  bool more = true;
  RETURN_NOT_OK(state->VisitRows([&](const ChangeBatch& rows) -> Result<bool> {
    ASSIGN_OR_RAISE(more, visit(rows));
    return more;
  }));
  return more;
}

Result<bool> StateReader::VisitInputs(int index, const std::string& relation,
                                      const RowVisitor& visit) const {
  const DataflowNode& node = plan_.nodes[static_cast<size_t>(index)];
  ASSIGN_OR_RAISE(const auto state, node.plan->Open());
  MicroBatch context;
  context.now_us = Clock::System().NowMicros();
  const Delta nothing;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const auto make = [&](const ChangeBatch& rows) -> Result<bool> {
      Delta delta;
      delta.batches.push_back({rows, nullptr});
      std::vector<const Delta*> inputs(node.inputs.size(), &nothing);
      inputs[i] = &delta;
      ASSIGN_OR_RAISE(const Delta made, state->Process(inputs, context));
      for (const Changes& changes : made.batches) {
        ASSIGN_OR_RAISE(const bool more, visit(changes.batch));
        if (!more) return false;
      }
      return true;
    };
    ASSIGN_OR_RAISE(const bool more, VisitNode(node.inputs[i], relation, make));
    if (!more) return false;
  }
  return true;
}

Status StateReader::NotKept(const DataflowNode& node, const std::string& relation) const {
  std::string elsewhere;
  for (const pipeline::Sink& sink : pipeline_.sinks)
    if (sink.from == relation) elsewhere += (elsewhere.empty() ? "" : ", ") + sink.name;
  if (!elsewhere.empty()) elsewhere = "its sinks have them: " + elsewhere;
  if (node.plan == nullptr) {
    return UserError(
        fmt::format(
            "the rows of '{}' are not in the state: source '{}' has no key, so its rows go by",
            relation, node.relation),
        !elsewhere.empty() ? elsewhere : "its records: headrace topic tail FILE " + node.relation);
  }
  return UserError(
      fmt::format(
          "the rows of '{}' are not in the state: {} keeps the rows of its inputs, not those "
          "of its result",
          relation, node.id),
      !elsewhere.empty() ? elsewhere : "'headrace state show' tells how much it keeps");
}

}  // namespace headrace::engine
