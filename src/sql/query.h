// Ad-hoc queries in DuckDB's dialect of SQL: what `headrace query` runs.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "sql/relation.h"

namespace arrow {
class Table;
}

namespace headrace::sql {

// Returns the names of the tables that a statement reads, sorted, without those it defines itself
// (WITH). A quoted name may be anything, such as a path: SELECT * FROM 'lake/quakes'.
//
// Errors: a user error, with DuckDB's message, where the statement is no SQL.
Result<std::vector<std::string>> TablesOf(const std::string& sql);

// Runs one statement over `relations`, and what calls of `functions` open, and returns its result.
// A TIMESTAMP is UTC. It can read no file and change nothing.
//
// Errors: a user error, with DuckDB's message, where the statement is wrong or fails, or a relation
// has a column of a type that SQL doesn't know; those of relations and functions.
Result<std::shared_ptr<arrow::Table>> RunQuery(
    const std::string& sql, const std::map<std::string, std::shared_ptr<Relation>>& relations,
    const std::vector<TableFunction>& functions = {});

}  // namespace headrace::sql
