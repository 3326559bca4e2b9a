// The content of a delete block, version 3: which records a commit deletes, as Avro
// (HoodieDeleteRecordList). Source: files and classes of Apache Hudi 1.2.0.
#pragma once

#include <arrow/type.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "hudi/ordering.h"

namespace headrace::hudi {

struct DeleteRecord {
  std::string key;
  std::string partition;
  OrderingValue ordering;  // natural order: deletes whatever is there
};

// Encodes deletes. All of one block must be ordered, by values of `ordering_type`, or none: readers
// refuse a mix.
std::string EncodeDeletes(const std::vector<DeleteRecord>& deletes,
                          const arrow::DataType* ordering_type);

// Errors: Invalid where the content is no such list; versions below 3 (Java's own serialization)
// are not read.
Result<std::vector<DeleteRecord>> DecodeDeletes(std::string_view content);

}  // namespace headrace::hudi
