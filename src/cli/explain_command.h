// headrace explain: what will a pipeline do?
#pragma once

#include "cli/command.h"

namespace headrace::cli {

Command ExplainCommand();

}  // namespace headrace::cli
