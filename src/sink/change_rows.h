// Change batches from JSON, for tests.
#pragma once

#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>

#include <memory>
#include <string>

#include "base/change_batch.h"
#include "base/test_folder.h"
#include "sql/analyzer.h"

namespace headrace::sink {

// Rows of a schema as Spark's DDL; `weights` ("[1,-1]") may be empty: the rows are appended.
inline ChangeBatch ChangesOf(const std::string& ddl, const std::string& rows,
                             const std::string& weights) {
  const auto schema = sql::ParseSchema(ddl).ValueOrDie();
  const auto array =
      arrow::json::ArrayFromJSONString(arrow::struct_(schema->fields()), rows).ValueOrDie();
  arrow::ArrayVector columns = arrow::RecordBatch::FromStructArray(array).ValueOrDie()->columns();
  if (!weights.empty())
    columns.push_back(arrow::json::ArrayFromJSONString(arrow::int8(), weights).ValueOrDie());
  return arrow::RecordBatch::Make(ChangeSchema(*schema, !weights.empty(), false), array->length(),
                                  std::move(columns));
}

}  // namespace headrace::sink
