// How DuckDB holds Spark's types. TIMESTAMP and TIMESTAMP_NTZ are its TIMESTAMP (the session is in
// UTC), an interval is a BIGINT of microseconds or an INTEGER of months, VOID is a null INTEGER.
#pragma once

#include <duckdb.h>

#include <string>

#include "sql/coercion.h"

namespace headrace::sql {

// Returns the type's name in DuckDB's SQL.
std::string DuckTypeName(const arrow::DataType& type);

// Returns the type for DuckDB's C interface; the caller destroys it.
duckdb_logical_type DuckType(const arrow::DataType& type);

// Returns whether a column of this type can be given to DuckDB.
bool HasDuckType(const arrow::DataType& type);

// Quotes an identifier, and a string.
std::string QuoteName(std::string_view name);
std::string QuoteString(std::string_view text);

}  // namespace headrace::sql
