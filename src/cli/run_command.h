// headrace run FILE: runs a pipeline in this process.
#pragma once

#include "cli/command.h"

namespace headrace::cli {

Command RunCommand();

}  // namespace headrace::cli
