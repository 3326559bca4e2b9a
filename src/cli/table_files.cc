#include <fmt/format.h>

#include "cli/row_table.h"
#include "cli/table_reports.h"
#include "cli/table_text.h"

namespace headrace::cli {
namespace {

Status AddFile(const hudi::FileSlice& slice, const hudi::DataFile& file, const char* state,
               RowTable* rows) {
  return rows->Add({slice.partition, slice.file_id, slice.instant, state,
                    file.name.is_log ? "log" : "base", file.size, file.name.ToString()});
}

}  // namespace

Status ShowFiles(hudi::Table& table, bool all, bool json) {
  RowTable rows(arrow::schema(
      {arrow::field("partition", arrow::utf8()), arrow::field("file_group", arrow::utf8()),
       arrow::field("slice", arrow::utf8()), arrow::field("state", arrow::utf8()),
       arrow::field("kind", arrow::utf8()), arrow::field("bytes", arrow::int64()),
       arrow::field("file", arrow::utf8())}));
  ASSIGN_OR_RAISE(const auto files, hudi::ListDataFiles(table.storage()));
  ASSIGN_OR_RAISE(const auto groups, hudi::FileGroups(files, table.timeline()));
  for (const hudi::FileGroup& group : groups) {
    const bool is_replaced = group.replaced_at.has_value();
    if (is_replaced && !all) continue;
    for (const hudi::FileSlice& slice : group.slices) {
      const bool is_newest = &slice == &group.slices.front();
      const char* state = is_replaced ? "replaced" : is_newest ? "newest" : "older";
      if (!is_newest && !all) break;
      if (slice.base.has_value()) RETURN_NOT_OK(AddFile(slice, *slice.base, state, &rows));
      for (const hudi::DataFile& log : slice.logs) RETURN_NOT_OK(AddFile(slice, log, state, &rows));
    }
  }
  ASSIGN_OR_RAISE(const auto finished, rows.Finish());
  fmt::print("{}", RenderTable(*finished, json ? TableForm::kJsonLines : TableForm::kAligned));
  return Status::OK();
}

}  // namespace headrace::cli
