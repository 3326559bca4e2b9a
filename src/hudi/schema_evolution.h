// How the columns of a table may change without its files being written anew.
//
// A writer may add columns and fields of structs, which old rows have as null; may widen INT to
// BIGINT or DOUBLE, and FLOAT to DOUBLE; and may stop promising NOT NULL. It may also write
// narrower than the table is. Who else reads the old files then: docs/HUDI_FORMAT.md.
#pragma once

#include <arrow/type.h>

#include <memory>
#include <string>
#include <vector>

#include "base/diagnostic.h"

namespace headrace::hudi {

// Returns the columns of a table `table` after rows of the columns `wanted` have been written to
// it: the table's own in their order, new ones behind them. What cannot be is added to `findings`.
// The column `order_by` keeps its type.
std::shared_ptr<arrow::Schema> EvolveSchema(const arrow::Schema& table, const arrow::Schema& wanted,
                                            const std::string& order_by,
                                            std::vector<Diagnostic>* findings);

}  // namespace headrace::hudi
