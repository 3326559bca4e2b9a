// The command line: global options, help, and the way from a word to its command.
#pragma once

#include <vector>

#include "cli/command.h"

namespace headrace::cli {

// Parses the arguments of the process and runs the command they name. Usage errors go to stderr,
// with what is near. Returns the exit status. No exception leaves it.
int RunCommandLine(int argc, const char* const* argv, const std::vector<Command>& commands);

}  // namespace headrace::cli
