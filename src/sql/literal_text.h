// Literals as DuckDB's SQL.
#pragma once

#include <arrow/scalar.h>

#include <string>

#include "base/status.h"

namespace headrace::sql {

// Returns SQL of the DuckDB type that stands for the scalar's.
//
// Errors: fatal for a type that no literal has.
Result<std::string> LiteralText(const arrow::Scalar& value);

}  // namespace headrace::sql
