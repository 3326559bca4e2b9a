// The tests of a pipeline file: what comes in, step by step, and what must have come of it. They
// are read by `headrace test` only; nothing that runs a pipeline knows of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "pipeline/pipeline.h"

namespace headrace::pipeline {

// Rows of a source that come in, or keys of it that are deleted; JSON objects.
struct TestInput {
  std::string source;
  std::vector<std::string> rows;
  bool deletes = false;
};

// Rows that a relation must have. Only the columns that the file names are compared.
struct TestExpectation {
  std::string name;      // as it stands in the file: a source, a view or a sink
  std::string relation;  // of a sink what it keeps
  std::vector<std::string> columns;
  std::vector<std::string> rows;  // JSON objects of those columns
  std::vector<int> weights;       // of changes: 1 the row appears, -1 it disappears; else empty
  Span place;
};

// A micro-batch.
struct TestStep {
  std::vector<TestInput> inputs;
  std::optional<int64_t> now_us;         // what current_timestamp() answers from here on
  std::vector<TestExpectation> changes;  // what the step must do
};

struct Test {
  std::string name;
  std::vector<TestStep> steps;
  std::vector<TestExpectation> expected;  // in the end
  Span place;
};

// Reads the tests of a file that ParsePipeline() has read as `pipeline`, in their order.
//
// Errors: one user error with every diagnostic; the spans are in `text`.
Result<std::vector<Test>> ReadTests(std::string_view text, const Pipeline& pipeline);

}  // namespace headrace::pipeline
