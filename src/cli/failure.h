// How a command ends that could not do its work.
#pragma once

#include <string_view>

#include "base/status.h"

namespace headrace::cli {

// Prints what `status` says, with its hints, as the command of that name, and returns the exit
// status.
int Fail(std::string_view command, const Status& status);

}  // namespace headrace::cli
