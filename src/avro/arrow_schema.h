// Arrow's types as Avro's and the other way round.
#pragma once

#include <arrow/type.h>

#include <memory>
#include <string>
#include <string_view>

#include "avro/schema.h"
#include "base/status.h"

namespace headrace::avro {

// Whether Avro takes it as a name: letters, digits and _, not beginning with a digit.
bool IsName(std::string_view name);

// A user error for a column, or a field in one, whose name Avro doesn't take.
Status CheckNames(const arrow::FieldVector& fields);

// `text` with a _ in place of each character that a name cannot have.
std::string ToName(std::string_view text);

enum class DecimalForm { kBytes, kFixed };

// Returns a record of these fields, named `space`.`name`; nested records and fixed decimals have
// names of their own, and columns those that they have. A nullable field is a union of null and its
// type; integers of less than 32 bits are int, timestamps count microseconds.
//
// Errors: a user error for a type that Avro doesn't have.
Result<TypePtr> ToAvroType(const arrow::FieldVector& fields, const std::string& name,
                           const std::string& space, DecimalForm decimals);

// Errors: Invalid for a bare null and a union of several types.
Result<std::shared_ptr<arrow::DataType>> ToArrowType(const Type& type);
Result<std::shared_ptr<arrow::Field>> ToArrowField(const std::string& name, const Type& type);

}  // namespace headrace::avro
