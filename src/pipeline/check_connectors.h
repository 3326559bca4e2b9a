// Checks of the connectors of sources and of the formats of their records.
#pragma once

#include <string>

#include "pipeline/check.h"

namespace headrace::pipeline {

// Files and webhooks: addresses, limits. `path` is where the source stands.
void CheckConnector(Checking& checking, const Source& source, const std::string& path);

// The format fits the connector and the columns.
void CheckFormat(Checking& checking, const Source& source, const std::string& path);

}  // namespace headrace::pipeline
