// Runs a case of a SQL-text test through the engine's operators.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/dataflow.h"
#include "format/decoder.h"
#include "pipeline/pipeline.h"
#include "sql_case.h"

namespace headrace::sql_test {

// How the rows of a case are cut into micro-batches; with four threads as they are written.
enum class Batching { kAsWritten, kOneRow, kAllAtOnce, kRestartAtEachStep, kFourThreads };

struct CaseResult {
  std::vector<std::vector<std::string>> changes;  // of the last view, a micro-batch each
  std::vector<std::string> rows;                  // of the last view in the end
  int late = 0;
  int late_kept = 0;
  int rejected = 0;
};

// Errors: what the analyzer, the planner and the operators refuse; Invalid where a row of the
// result disappears that is not there.
Result<CaseResult> RunCase(const SqlCase& test_case, Batching batching);

// Returns a JSON array in one form only, so that two that mean the same are equal.
std::string NormalRow(const std::string& json);

}  // namespace headrace::sql_test
