// Which types stand in for which: Spark's rules in ANSI mode, over Arrow's types.
// Source: "ANSI Compliance" and "Data Types" of Spark's SQL reference.
#pragma once

#include <arrow/type.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "sql/expression.h"

namespace headrace::sql {

using TypePtr = std::shared_ptr<arrow::DataType>;

bool IsIntegral(const arrow::DataType& type);      // TINYINT, SMALLINT, INT, BIGINT
bool IsFloating(const arrow::DataType& type);      // FLOAT, DOUBLE
bool IsDecimal(const arrow::DataType& type);       // DECIMAL
bool IsNumeric(const arrow::DataType& type);       // any of the above
bool IsTimestamp(const arrow::DataType& type);     // TIMESTAMP or TIMESTAMP_NTZ
bool IsUtcTimestamp(const arrow::DataType& type);  // TIMESTAMP
bool IsNestedType(const arrow::DataType& type);    // ARRAY, MAP, STRUCT

// TIMESTAMP, and TIMESTAMP_NTZ.
TypePtr TimestampType();
TypePtr TimestampNtzType();

// Returns a decimal of at most 38 digits: digits before the point are kept, those behind it are
// cut, though not below six (Spark's DecimalType.adjustPrecisionScale).
TypePtr AdjustedDecimal(int precision, int scale);

// Returns the decimal that holds every value of a type: DECIMAL(10,0) for INT, and so on; null
// where there is none.
TypePtr DecimalFor(const arrow::DataType& type);

// Returns the type that values of both types have without loss, or none.
std::optional<TypePtr> CommonTypeOf(const TypePtr& left, const TypePtr& right);

// Returns the type that values of all `types` have; NULL's type where there are none. The errors
// have `span`.
Result<TypePtr> CommonType(const std::vector<TypePtr>& types, Span span);

// Returns whether CAST(from AS to) is valid in ANSI mode, and whether a function that takes `to`
// accepts `from`.
bool CanCast(const arrow::DataType& from, const arrow::DataType& to);
bool CanCoerce(const arrow::DataType& from, const arrow::DataType& to);

// Returns whether CAST(from AS to) may fail on some value.
bool CastCanFail(const arrow::DataType& from, const arrow::DataType& to);

// Returns whether CAST(from AS to) gives null for some value: NaN and infinity are no decimals.
bool CastCanGiveNull(const arrow::DataType& from, const arrow::DataType& to);

// Returns `operand` as `type`: itself, a literal NULL of that type, or a cast of it. The cast must
// be valid.
ExpressionPtr Coerce(const ExpressionPtr& operand, const TypePtr& type);

}  // namespace headrace::sql
