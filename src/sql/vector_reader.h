// DuckDB's vectors into Arrow.
#pragma once

#include <arrow/array/builder_base.h>
#include <duckdb.h>

#include "base/status.h"

namespace headrace::sql {

// Appends `count` values of a flat vector, from `offset` on, to the builder of the type that the
// vector stands for (duckdb_type.h).
Status AppendVector(duckdb_vector vector, int64_t offset, int64_t count,
                    arrow::ArrayBuilder* builder);

}  // namespace headrace::sql
