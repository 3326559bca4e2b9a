// headrace check: is a pipeline file right?
#pragma once

#include "cli/command.h"

namespace headrace::cli {

Command CheckCommand();

}  // namespace headrace::cli
