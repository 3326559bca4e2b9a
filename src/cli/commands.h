// The table of all commands.
#pragma once

#include <vector>

#include "cli/command.h"

namespace headrace::cli {

// Every command, in the order of the help.
std::vector<Command> AllCommands();

}  // namespace headrace::cli
