#include "cli/commands.h"

#include "cli/schema_command.h"

namespace headrace::cli {

std::vector<Command> AllCommands() { return {SchemaCommand()}; }

}  // namespace headrace::cli
