// headrace test FILE [NAME]: runs the tests of a pipeline file.
#pragma once

#include "cli/command.h"

namespace headrace::cli {

Command TestCommand();

}  // namespace headrace::cli
