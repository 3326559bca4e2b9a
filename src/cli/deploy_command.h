// headrace deploy: makes, from a pipeline, what the systems around it are set up with.
#pragma once

#include "cli/command.h"

namespace headrace::cli {

Command DeployCommand();

}  // namespace headrace::cli
