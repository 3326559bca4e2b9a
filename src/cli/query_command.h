// headrace query: SQL over the tables that pipelines write.
#pragma once

#include "cli/command.h"

namespace headrace::cli {

Command QueryCommand();

}  // namespace headrace::cli
