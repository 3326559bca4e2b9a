// The table functions through which DuckDB reads relations.
#pragma once

#include <duckdb.h>

#include "base/status.h"
#include "sql/relation.h"

namespace headrace::sql {

// A table function that is known to a database, which it must outlive.
struct RelationScan {
  TableFunction function;
  Status error;  // of the first call that failed: DuckDB's message has its text, but not its hint
};

Status RegisterRelationScan(duckdb_connection connection, RelationScan* scan);

}  // namespace headrace::sql
