// The pipeline of a SQL-text case: its sources and its views, analyzed.
#pragma once

#include "base/status.h"
#include "pipeline/pipeline.h"
#include "sql_case.h"

namespace headrace::sql_test {

// Errors: what the parser and the analyzer refuse.
Result<pipeline::Pipeline> MakePipeline(const SqlCase& test_case);

}  // namespace headrace::sql_test
