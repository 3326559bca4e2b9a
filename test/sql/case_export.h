// Writes SQL-text cases for programs that run them elsewhere.
#pragma once

#include <string>

#include "sql_case.h"

namespace headrace::sql_test {

// Returns a case as a JSON object: its sources, views, steps and expected rows as they are written,
// and as `schema` the columns of the last view, each a name and a type as Spark's typeof() gives it
// (null where the case is refused).
std::string ExportCase(const SqlCase& test_case);

}  // namespace headrace::sql_test
