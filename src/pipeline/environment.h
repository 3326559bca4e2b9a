// ${NAME} and ${NAME:-default} in the values of a pipeline file.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "pipeline/pipeline.h"

namespace headrace::pipeline {

// Replaces each ${NAME} by its value in `environment`, ${NAME:-default} by the default where NAME
// is unset or empty (as a shell does), and $${ by ${. What was put in is not searched again.
//
// Errors: user errors with spans in `text`, all at once: NAME is unset and there is no default; the
// name is no name; the brace isn't closed.
Result<std::string> Substitute(std::string_view text, const Environment& environment);

// Whether `text` is one ${NAME} and nothing else: what a secret must be.
bool IsReference(std::string_view text);

}  // namespace headrace::pipeline
