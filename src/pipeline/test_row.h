// A row of a test, written as YAML, as a JSON object that a decoder of the schema reads.
#pragma once

#include <arrow/type.h>

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "pipeline/yaml.h"

namespace headrace::pipeline {

// Returns the object: a mapping with columns of `schema`, or some of them. Of times and decimals
// the text stays as it is written. Returns none where the row doesn't fit; why is in `diagnostics`.
std::optional<std::string> TestRowJson(const YamlNode& node, const arrow::Schema& schema,
                                       std::vector<Diagnostic>& diagnostics);

}  // namespace headrace::pipeline
