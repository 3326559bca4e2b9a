// Prints rows for people (an aligned table) and for programs (JSON lines, CSV).
#pragma once

#include <arrow/table.h>

#include <string>

#include "base/status.h"

namespace headrace::cli {

enum class TableForm { kAligned, kJsonLines, kCsv };

// Renders a table:
//
//   kAligned    a head, a rule, a line a row with numbers to the right, and "(3 rows)". NULL is
//               NULL; a cell of more than 80 columns is cut with an ellipsis.
//   kJsonLines  an object a row (format/json_writer.h)
//   kCsv        RFC 4180 with a head; NULL is an empty field, an empty string is ""
std::string RenderTable(const arrow::Table& table, TableForm form);

}  // namespace headrace::cli
