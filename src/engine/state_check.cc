#include "engine/state_check.h"

#include <fmt/format.h>

#include <map>
#include <vector>

#include "base/logging.h"

namespace headrace::engine {
namespace {

constexpr std::string_view kWhatToDo =
    "undo the change; or run once with --reset-state: all state is dropped and everything that the "
    "topics still hold is processed again; or give the pipeline another name and `state:` folder";

std::string_view FirstLine(std::string_view text) { return text.substr(0, text.find('\n')); }

}  // namespace

std::string FingerprintDifference(std::string_view before, std::string_view now) {
  while (!before.empty() && !now.empty()) {
    const std::string_view old_line = FirstLine(before);
    const std::string_view new_line = FirstLine(now);
    if (old_line != new_line) return fmt::format("it was: {}\n   it is: {}", old_line, new_line);
    before.remove_prefix(std::min(before.size(), old_line.size() + 1));
    now.remove_prefix(std::min(now.size(), new_line.size() + 1));
  }
  return "what it reads was changed";
}

Status CheckState(const DataflowPlan& plan, const CheckpointStore& store) {
  std::map<std::string, const DataflowNode*> stateful;
  for (const DataflowNode& node : plan.nodes) {
    if (node.plan != nullptr && node.plan->stateful()) stateful[node.id] = &node;
  }
  std::vector<Diagnostic> diagnostics;
  for (const auto& [id, fingerprint] : store.fingerprints()) {
    const auto found = stateful.find(id);
    const std::string relation = id.substr(0, id.find('/'));
    if (found == stateful.end()) {
      diagnostics.push_back(
          {fmt::format("the state holds the operator {}, which '{}' no longer has", id, relation),
           std::string(kWhatToDo), std::nullopt});
    } else if (found->second->fingerprint != fingerprint) {
      diagnostics.push_back(
          {fmt::format("'{}' cannot go on with its state: {} was made by another query\n   {}",
                       relation, id,
                       FingerprintDifference(fingerprint, found->second->fingerprint)),
           std::string(kWhatToDo), std::nullopt});
    }
    stateful.erase(id);
  }
  if (!diagnostics.empty()) return UserError(std::move(diagnostics));
  if (store.offsets().empty()) return Status::OK();  // New or reset: all of it starts.
  for (const auto& [id, node] : stateful) {
    LogWarning("engine", "'{}' is new: {} starts with what comes after epoch {}", node->relation,
               id, store.completed_epoch());
  }
  return Status::OK();
}

}  // namespace headrace::engine
