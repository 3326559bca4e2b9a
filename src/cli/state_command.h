// headrace state list|show|query: what the operators of a pipeline keep, without running it.
#pragma once

#include "cli/command.h"

namespace headrace::cli {

Command StateCommand();

}  // namespace headrace::cli
