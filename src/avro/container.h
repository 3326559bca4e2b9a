// Avro object container files. Codec "null" is written; "null" and "deflate" are read.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace headrace::avro {

// Returns the bytes of a file with one record.
Result<std::string> WriteContainer(std::string_view schema_json, const nlohmann::json& record);

// Returns every record of a file, read by the schema that the file carries.
//
// Errors: Invalid where the bytes are no such file; at most 256 MiB of records are unpacked.
Result<std::vector<nlohmann::json>> ReadContainer(std::string_view file);

}  // namespace headrace::avro
