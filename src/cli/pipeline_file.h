// Reads the pipeline file that a command line names, and shows what is wrong with it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "pipeline/pipeline.h"
#include "pipeline/tests.h"

namespace headrace::cli {

// Reads and checks the file, with the environment of the process. Returns none where it is wrong or
// cannot be read; what is wrong has been printed then: like a compiler does on stderr, or with
// --json as one object on stdout. The command ends with kUsageFailed.
// `text`, where given, becomes that of the file.
std::optional<pipeline::Pipeline> ReadPipelineFile(const std::string& file,
                                                   const GlobalOptions& options,
                                                   std::string* text = nullptr);

// Reads the tests that `text` holds, of a file that was read as `pipeline`. Returns none where they
// are wrong, in the same way.
std::optional<std::vector<pipeline::Test>> ReadTests(const std::string& file, std::string_view text,
                                                     const pipeline::Pipeline& pipeline,
                                                     const GlobalOptions& options);

// "quakes.yaml:31:18", of a place in the text.
std::string PlaceText(const std::string& file, std::string_view text, Span place);

}  // namespace headrace::cli
