// headrace schema: the JSON Schema of pipeline files.
#pragma once

#include "cli/command.h"

namespace headrace::cli {

Command SchemaCommand();

}  // namespace headrace::cli
