#pragma once

#include "cli/command.h"

namespace headrace::cli {

// `headrace topic list|show|tail`: looks into the log of a pipeline, also while it runs.
Command TopicCommand();

}  // namespace headrace::cli
