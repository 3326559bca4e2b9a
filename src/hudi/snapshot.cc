#include "hudi/snapshot.h"

#include <utility>

#include "hudi/history.h"
#include "hudi/merge.h"
#include "hudi/parallel_reader.h"
#include "hudi/projection.h"
#include "hudi/pruning.h"
#include "hudi/table_schema.h"

namespace headrace::hudi {
Result<std::shared_ptr<arrow::RecordBatchReader>> ReadSnapshot(Table& table,
                                                               const SnapshotOptions& options) {
  auto names = options.columns;
  if (names.empty() && options.meta_columns)
    names = WithMetaColumns(*table.schema())->field_names();
  ASSIGN_OR_RAISE(const auto output, ColumnsOf(table, names));
  std::vector<std::string> needed = {MetaColumnNames()[kRecordKey]};
  if (!table.config().order_by.empty()) needed.push_back(table.config().order_by);
  for (const Comparison& comparison : options.predicate) needed.push_back(comparison.column);
  ASSIGN_OR_RAISE(const auto merged, WithColumns(table, *output, needed));
  std::string as_of;
  if (!options.as_of.empty()) {
    ASSIGN_OR_RAISE(as_of, ParseQueryTime(options.as_of));
    RETURN_NOT_OK(CheckHistory(table, as_of));
  }
  ASSIGN_OR_RAISE(std::vector<FileSlice> slices, table.FileSlices(as_of));
  if (options.read_optimized) {
    std::erase_if(slices, [](const FileSlice& slice) { return !slice.base.has_value(); });
    for (FileSlice& slice : slices) slice.logs.clear();
  }
  const auto pruning =
      std::make_shared<const Pruning>(options.predicate, table.config(), table.schema());
  std::erase_if(slices, [&](const FileSlice& slice) { return !pruning->CanHold(slice); });
  const size_t count = slices.size();
  auto open = [&table, merged, output, pruning, predicate = options.predicate,
               slices = std::move(slices)](
                  size_t number) -> Result<std::shared_ptr<arrow::RecordBatchReader>> {
    const FileSlice& slice = slices[number];
    ASSIGN_OR_RAISE(auto rows, OpenSlice(table.storage(), slice, merged, table.config().order_by,
                                         {.predicate = pruning->ForBaseFile(slice)}));
    return Project(std::move(rows), output, predicate);
  };
  return ReadParts(output, count, std::move(open), options.threads);
}

Result<std::shared_ptr<arrow::Table>> ReadTable(const std::string& place,
                                                const SnapshotOptions& options,
                                                const storage::StorageOptions& storage) {
  ASSIGN_OR_RAISE(auto opened, storage::OpenStorage(place, storage));
  ASSIGN_OR_RAISE(const auto table, Table::Open(std::move(opened)));
  ASSIGN_OR_RAISE(const auto reader, ReadSnapshot(*table, options));
  return reader->ToTable();
}

}  // namespace headrace::hudi
