// Whether a table that is there is the one that a writer wants.
#pragma once

#include <arrow/type.h>

#include <string>

#include "base/status.h"
#include "hudi/table.h"

namespace headrace::hudi {

// Checks what a definition says by itself: key, ordering and partition columns are there and of
// types that can be such. `schema` is that of the table to be. Errors: a user error that lists all.
Status CheckDefinition(const TableDefinition& definition, const arrow::Schema& schema);

// Compares the table at `path` with the definition. Returns the table's columns as they are once
// rows of `wanted_schema` are in it (schema_evolution.h). Errors: a user error that lists every
// difference that cannot be.
Result<std::shared_ptr<arrow::Schema>> CheckFits(const std::string& path, const TableConfig& config,
                                                 const arrow::Schema& table_schema,
                                                 const TableDefinition& definition,
                                                 const arrow::Schema& wanted_schema);

}  // namespace headrace::hudi
