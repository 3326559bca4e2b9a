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

// Renders a record of these fields as the JSON of its schema; nested records and decimals have
// names of their own. A nullable field is a union of null and its type, with null as default.
std::string RecordSchemaJson(const arrow::FieldVector& fields, const std::string& name,
                             const std::string& space);

// Errors: Invalid for a bare null and a union of several types.
Result<std::shared_ptr<arrow::DataType>> ToArrowType(const Type& type);
Result<std::shared_ptr<arrow::Field>> ToArrowField(const std::string& name, const Type& type);

}  // namespace headrace::avro
