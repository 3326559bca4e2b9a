// Values of any Avro schema as JSON: for the small records that the table format keeps on its
// timeline. A union is its value without the branch's name; bytes and fixed are JSON binaries.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "avro/binary.h"
#include "avro/schema.h"
#include "base/status.h"

namespace headrace::avro {

// Appends `value`; a member that it doesn't have is null, or 0, "", {}, [] where the schema has no
// null. Of a union with several types the first takes it that fits.
//
// Errors: Invalid where the value doesn't fit the schema.
Status EncodeJson(const Type& type, const nlohmann::json& value, Writer* writer);

// Errors: Invalid where the bytes are no value of the schema.
Result<nlohmann::json> DecodeJson(const Type& type, Reader* reader);

}  // namespace headrace::avro
