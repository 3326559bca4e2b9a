// headrace faults: lists the fault points, for the crash tests.
#pragma once

#include "cli/command.h"

namespace headrace::cli {

Command FaultsCommand();

}  // namespace headrace::cli
