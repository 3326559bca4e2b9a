// Reads the pipeline file that a command line names, and shows what is wrong with it.
#pragma once

#include <optional>
#include <string>

#include "cli/command.h"
#include "pipeline/pipeline.h"

namespace headrace::cli {

// Reads and checks the file, with the environment of the process. Returns none where it is wrong or
// cannot be read; what is wrong has been printed then: like a compiler does on stderr, or with
// --json as one object on stdout. The command ends with kUsageFailed.
std::optional<pipeline::Pipeline> ReadPipelineFile(const std::string& file,
                                                   const GlobalOptions& options);

}  // namespace headrace::cli
