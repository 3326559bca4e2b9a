// Writes a row as JSON, as Spark's to_json would: for side topics, the console sink, `headrace
// query --json`.
#pragma once

#include <arrow/record_batch.h>

#include <string>

namespace headrace::format {

// Appends {"column":value,...} of row `row`: null members are written as null; timestamps as ISO
// 8601 in UTC with a Z, microseconds where there are any; decimals as numbers; binary as base64;
// NaN and infinities as strings.
void WriteJsonRow(const arrow::RecordBatch& batch, int64_t row, std::string* out);

// Appends `text` as a JSON string with its quotes.
void WriteJsonString(std::string_view text, std::string* out);

}  // namespace headrace::format
