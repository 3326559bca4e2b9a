// Writes rows as JSON: for side topics, the console sink, `headrace query --json`.
#pragma once

#include <arrow/record_batch.h>

#include <string>
#include <string_view>

namespace headrace::format {

// Appends {"column":value,...} of row `row`, the system columns of a change batch left out: null
// members are written as null; timestamps as ISO 8601 (those of an instant in UTC with a Z),
// microseconds where there are any; decimals as numbers; reals in their shortest form that reads
// back the same; binary as base64; NaN and infinities as strings; a map as an object.
//
// What MakeJsonDecoder reads from it with the batch's schema is the row again.
void WriteJsonRow(const arrow::RecordBatch& batch, int64_t row, std::string* out);

// Appends value `index` of `array` in that form.
void WriteJsonValue(const arrow::Array& array, int64_t index, std::string* out);

// Appends `text` as a JSON string with its quotes.
void WriteJsonString(std::string_view text, std::string* out);

}  // namespace headrace::format
