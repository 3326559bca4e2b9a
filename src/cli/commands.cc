#include "cli/commands.h"

namespace headrace::cli {

std::vector<Command> AllCommands() { return {}; }

}  // namespace headrace::cli
