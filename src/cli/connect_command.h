// headrace connect: the connectors of Kafka Connect that a pipeline file has.
#pragma once

#include "cli/command.h"

namespace headrace::cli {

Command ConnectCommand();

}  // namespace headrace::cli
