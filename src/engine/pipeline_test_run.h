// Runs a test of a pipeline file through the operators of the pipeline, in memory: no topics, no
// sinks, no state on disk.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/dataflow_plan.h"
#include "pipeline/tests.h"

namespace headrace::engine {

struct TestFailure {
  const pipeline::TestExpectation* expectation = nullptr;
  std::optional<size_t> step;        // counted from 1; none: in the end
  std::vector<std::string> missing;  // JSON rows that should be there; changes with + or - before
  std::vector<std::string> unexpected;  // and those that shouldn't
};

struct TestOutcome {
  std::vector<TestFailure> failures;
  std::vector<std::string>
      rejected;  // rows whose expression failed, or that don't fit their source
  bool passed() const { return failures.empty() && rejected.empty(); }
};

// `plan` is that of `pipeline`; the outcome points into `test`.
//
// Errors: what ends a run of the pipeline too.
Result<TestOutcome> RunPipelineTest(const pipeline::Pipeline& pipeline, const DataflowPlan& plan,
                                    const pipeline::Test& test);

}  // namespace headrace::engine
