// Which file slices of a table can hold rows that satisfy a predicate.
#pragma once

#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "hudi/file_group.h"
#include "hudi/predicate.h"
#include "hudi/table_config.h"

namespace headrace::hudi {

class Pruning {
 public:
  // `schema`: the table's own columns; the predicate names only such.
  Pruning(const Predicate& predicate, const TableConfig& config,
          std::shared_ptr<arrow::Schema> schema);

  // Whether the slice, by its partition and its bucket, can hold rows that satisfy the predicate.
  bool CanHold(const FileSlice& slice) const;

  // What may leave out rows of the slice's base file: where log files are merged into it, only
  // comparisons that all versions of a record satisfy or none, those of its key.
  const Predicate& ForBaseFile(const FileSlice& slice) const {
    return slice.logs.empty() ? all_ : key_;
  }

 private:
  bool CanPartitionHold(const std::string& partition) const;

  const Predicate all_;
  Predicate key_;
  const TableConfig& config_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::optional<int32_t> bucket_;  // of the one key that is wanted
};

}  // namespace headrace::hudi
