// Checks of what a pipeline file says of Avro.
#pragma once

#include <string>

#include "pipeline/check.h"

namespace headrace::pipeline {

// The registry, and who asks it. `path` is that of the mapping.
void CheckAvro(Checking& checking, const AvroFormat& avro, const std::string& path);

}  // namespace headrace::pipeline
