#include "cli/faults_command.h"

#include <fmt/format.h>

#include "base/fault.h"

namespace headrace::cli {

Command FaultsCommand() {
  Command command{"faults", "List the points at which HEADRACE_FAULT can kill the process",
                  "HEADRACE_FAULT=hudi.before_complete:2 headrace run quakes.yaml",
                  [](CLI::App&) -> RunFunction {
                    return [](const GlobalOptions&) {
                      for (const std::string_view point : FaultPoints()) fmt::print("{}\n", point);
                      return kSuccess;
                    };
                  }};
  command.hidden = true;
  return command;
}

}  // namespace headrace::cli
