#include "hudi/validation.h"

#include <algorithm>

#include "hudi/validation_checks.h"

namespace headrace::hudi {

int64_t Validation::errors() const {
  return std::count_if(findings.begin(), findings.end(),
                       [](const Finding& finding) { return finding.is_error; });
}

void CheckedTable::Error(std::string file, std::string what, std::string hint) {
  result.findings.push_back({true, std::move(file), std::move(what), std::move(hint)});
}

void CheckedTable::Warning(std::string file, std::string what, std::string hint) {
  result.findings.push_back({false, std::move(file), std::move(what), std::move(hint)});
}

CommitState CheckedTable::StateOf(const std::string& instant_time) const {
  const auto active = instants.find(instant_time);
  if (active != instants.end()) {
    return active->second.state == InstantState::kCompleted ? CommitState::kCompleted
                                                            : CommitState::kPending;
  }
  return archived.contains(instant_time) ? CommitState::kCompleted : CommitState::kUnknown;
}

Result<Validation> Validate(storage::Storage& storage) {
  CheckedTable table(storage);
  ASSIGN_OR_RAISE(table.config, ReadTableConfig(storage));
  // A writer may be at work. What had completed before the files were listed is checked; what came
  // or completed later counts as pending.
  ASSIGN_OR_RAISE(const std::set<std::string> settled, ListTimeline(storage));
  ASSIGN_OR_RAISE(table.objects, storage.List(""));
  table.files = DataFilesAmong(table.objects);
  RETURN_NOT_OK(CheckTimeline(settled, &table));
  RETURN_NOT_OK(CheckProperties(&table));
  RETURN_NOT_OK(CheckFiles(&table));
  CheckCommits(&table);
  CheckFileGroups(&table);
  for (const DataFile& file : table.files)
    if (table.StateOf(file.name.instant) == CommitState::kCompleted)
      RETURN_NOT_OK(CheckContent(file, &table));
  return std::move(table.result);
}

}  // namespace headrace::hudi
