// Data blocks: the records of a log file, as rows of Avro or as a whole Parquet file.
#pragma once

#include <arrow/record_batch.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "hudi/log_block.h"

namespace headrace::hudi {

// Encodes the rows of a batch (meta columns first) as the content of a block.
//
// An Avro block costs its rows, a Parquet block some 3 KiB more than a column at a time is smaller
// than rows: up to this many rows Avro is the smaller.
inline constexpr int64_t kAvroBlockRowsMax = 32;
Result<std::string> EncodeAvroBlock(const std::shared_ptr<arrow::RecordBatch>& batch);

// Reads those columns of a data block that `schema` names. `block.content` needs to live only
// during the call.
//
// Errors: Invalid where the content is broken, or of a kind that isn't read (HFile, partial
// updates).
Result<std::vector<std::shared_ptr<arrow::RecordBatch>>> ReadDataBlock(
    const LogBlock& block, const std::shared_ptr<arrow::Schema>& schema);

}  // namespace headrace::hudi
