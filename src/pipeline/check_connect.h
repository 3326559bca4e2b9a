// Checks of what a pipeline file says of connectors of Kafka Connect.
#pragma once

#include <string>

#include "pipeline/check.h"

namespace headrace::pipeline {

// The connector of a source or a sink: its worker, its configuration, secrets not in the file; its
// name, which is filled in where there is none. `path` is that of the mapping `connect`.
void CheckConnectSource(Checking& checking, Source& source, const std::string& path);
void CheckConnectSink(Checking& checking, Sink& sink, const std::string& path);

// Whether the value of a setting of a connector must not stand in a file.
bool IsSecretSetting(const std::string& name);

}  // namespace headrace::pipeline
