// `headrace table`: looks into a Hudi table, and looks after it.
#pragma once

#include "cli/command.h"

namespace headrace::cli {

Command TableCommand();

}  // namespace headrace::cli
