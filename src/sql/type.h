// Spark SQL types, each of them an Arrow type:
//
//   BOOLEAN bool, TINYINT int8, SMALLINT int16, INT int32, BIGINT int64, FLOAT float, DOUBLE
//   double, DECIMAL(p,s) decimal128, STRING utf8, BINARY binary, DATE date32, TIMESTAMP
//   timestamp[us, UTC], TIMESTAMP_NTZ timestamp[us], ARRAY<T> list, MAP<K, V> map, STRUCT<...>
//   struct, VOID null; INTERVAL DAY TO SECOND duration[us] and INTERVAL YEAR TO MONTH
//   month_interval, in expressions only.
#pragma once

#include <arrow/type.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace headrace::sql {

class TokenStream;

// Parses a Spark DDL schema: "id STRING NOT NULL, position STRUCT<x: DOUBLE, y: DOUBLE>, tags
// ARRAY<STRING>".
//
// Errors: user errors with spans in `ddl`: syntax, an unknown type, two columns of one name.
Result<std::shared_ptr<arrow::Schema>> ParseSchema(std::string_view ddl);

// Parses one type: "DECIMAL(10,2)".
Result<std::shared_ptr<arrow::DataType>> ParseType(std::string_view text);

// Parses the type that begins at the cursor, in a larger text.
Result<std::shared_ptr<arrow::DataType>> ParseType(TokenStream* tokens);

// Renders a type as Spark does: "STRUCT<mag: DOUBLE>", "DECIMAL(10,2)".
std::string TypeName(const arrow::DataType& type);

// Whether values of the type can be compared: not those that hold a map, nor VOID.
bool IsComparable(const arrow::DataType& type);

}  // namespace headrace::sql
