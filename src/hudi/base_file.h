// Base files: Parquet with the meta columns before the table's own. Their footer carries the Avro
// schema and the least and greatest record key.
#pragma once

#include <arrow/record_batch.h>

#include <memory>
#include <string>

#include "base/status.h"

namespace headrace::hudi {

// Returns the bytes of a base file named `file_name` with `rows`, which begin with the meta
// columns; the column _hoodie_file_name is made anew. `schema_json` is the Avro schema of `rows`.
Result<std::string> EncodeBaseFile(const std::shared_ptr<arrow::RecordBatch>& rows,
                                   const std::string& schema_json, const std::string& file_name);

// An array of `rows` times the same text.
Result<std::shared_ptr<arrow::Array>> RepeatText(const std::string& text, int64_t rows);

}  // namespace headrace::hudi
