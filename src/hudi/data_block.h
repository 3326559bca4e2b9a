// Data blocks: the records of a log file, as rows of Avro or as a whole Parquet file.
#pragma once

#include <arrow/record_batch.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "hudi/log_block.h"

namespace headrace::hudi {

// Up to this many rows an upsert block is Avro, above Parquet. Parquet has a fixed cost of some 3
// KB and 0.5 ms a block, Avro none, but some 150 bytes a row against 40: at 32 rows they are about
// as large, and Avro takes a hundredth of the time (EncodeBlock in table_benchmark.cc).
inline constexpr int64_t kAvroBlockRowsMax = 32;

// Whether upserts go into an Avro block: where they are few, and where they are ordered by text.
// Spark with Hudi 1.2.0 keeps the ordering value of a row of a Parquet block without copying it,
// so that an older row which comes later is compared with whatever has taken its place.
bool IsAvroBlock(int64_t rows, const arrow::Schema& schema, const std::string& order_by);

// Encodes the rows of a batch (meta columns first) as the content of an Avro block.
Result<std::string> EncodeAvroBlock(const std::shared_ptr<arrow::RecordBatch>& batch);

// Calls `visit` with the rows of a data block, batch by batch in their order, and those columns
// that `schema` names. `block.content` needs to live only during the call.
//
// Errors: what `visit` returns, Invalid where the content is broken, or of a kind that isn't read
// (HFile, partial updates).
Status VisitDataBlock(const LogBlock& block, const std::shared_ptr<arrow::Schema>& schema,
                      const std::function<Status(std::shared_ptr<arrow::RecordBatch>)>& visit);

// Returns all of them.
Result<std::vector<std::shared_ptr<arrow::RecordBatch>>> ReadDataBlock(
    const LogBlock& block, const std::shared_ptr<arrow::Schema>& schema);

}  // namespace headrace::hudi
