// The values of key and partition columns, taken from the texts that identify a record: what is
// left of one that was deleted.
#pragma once

#include <arrow/record_batch.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "hudi/table_config.h"

namespace headrace::hudi {

// A record by its texts.
struct RecordId {
  std::string key;
  std::string partition;
};

// Returns the values of the partition columns that a partition's folder is named by, nothing for a
// null; nothing at all where the name doesn't tell.
std::optional<std::vector<std::optional<std::string>>> PartitionValues(const std::string& partition,
                                                                       const TableConfig& config);

// Returns the values of the key columns in a record key, nothing for a null. Errors: Invalid where
// it is no key of the table.
Result<std::vector<std::optional<std::string>>> KeyValues(const std::string& key,
                                                          const TableConfig& config);

// Returns a column of `type` with the values that `texts` stand for. Errors: Invalid where one
// doesn't.
Result<std::shared_ptr<arrow::Array>> ParseKeyTexts(
    const std::vector<std::optional<std::string>>& texts,
    const std::shared_ptr<arrow::DataType>& type);

// Returns rows of `schema` in which only key and partition columns are set, those that the texts
// tell. Fields of others must be nullable.
Result<std::shared_ptr<arrow::RecordBatch>> RowsOfIds(const std::vector<RecordId>& ids,
                                                      const TableConfig& config,
                                                      const std::shared_ptr<arrow::Schema>& schema);

}  // namespace headrace::hudi
